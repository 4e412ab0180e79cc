import { ManagedIdentityCredential } from '@azure/identity';
import { startIdentity } from '../../../local/identity/server.ts';
import { type LocalBase, startLocalBase } from '../../support/local-base.ts';

const PATH = '/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities';
const [mover, reader] = [identityOf('mover', 1), identityOf('reader', 2)];
const SCOPE = 'https://storage.azure.com/.default';
let base: LocalBase;

function identityOf(name: string, number: number) {
  return {
    objectId: `dddddddd-0000-4000-8000-00000000000${number}`,
    clientId: `dddddddd-0000-4000-8000-0000000000c${number}`,
    resourceId: `${PATH}/${name}`,
  };
}

beforeAll(async () => {
  base = await startLocalBase();
  const app = { userAssigned: [mover, reader] };
  const identity = await startIdentity({ port: 0, tokens: base.tokens, identities: { 'app-of-two': app } });
  base.stopLater(identity);
  // Read once in a process, by its first credential: hence a test file of its own.
  Object.assign(process.env, { IDENTITY_ENDPOINT: identity.endpoint, IDENTITY_HEADER: 'app-of-two' });
});
afterAll(() => base?.stop());

describe('user-assigned identities, by @azure/identity', () => {
  it.each([
    ['the one by its client id', () => new ManagedIdentityCredential({ clientId: mover.clientId }), mover],
    ['the other by its client id', () => new ManagedIdentityCredential({ clientId: reader.clientId }), reader],
    ['one by its object id', () => new ManagedIdentityCredential({ objectId: mover.objectId }), mover],
    ['one by its resource id', () => new ManagedIdentityCredential({ resourceId: reader.resourceId }), reader],
  ])('give tokens of their own: %s', async (_name, credential, { objectId, clientId }) => {
    const { token } = await credential().getToken(SCOPE);

    const claims = base.tokens.verify(token, ['https://storage.azure.com']);
    expect(claims).toMatchObject({ oid: objectId, appid: clientId });
  });

  it('have to be named where the app has none of its own', async () => {
    await expect(new ManagedIdentityCredential().getToken(SCOPE)).rejects.toThrow(/no system-assigned identity/);
  });

  it('of another app are refused by name', async () => {
    const clientId = identityOf('other', 3).clientId;

    await expect(new ManagedIdentityCredential({ clientId }).getToken(SCOPE)).rejects.toThrow(clientId);
  });
});
