import { ManagedIdentityCredential } from '@azure/identity';
import { APP_IDENTITY } from '../../../local/names.ts';
import type { LocalBase } from '../../support/local-base.ts';
import { startLocalBase } from '../../support/local-base.ts';

let base: LocalBase;

beforeAll(async () => {
  base = await startLocalBase();
});

afterAll(async () => {
  await base?.stop();
});

describe('the managed identity endpoint, by @azure/identity', () => {
  it.each([
    ['the only identity', new ManagedIdentityCredential()],
    ['the identity by client id', new ManagedIdentityCredential({ clientId: APP_IDENTITY.clientId })],
    ['the identity by object id', new ManagedIdentityCredential({ objectId: APP_IDENTITY.objectId })],
  ])('gives a token for %s', async (_name, credential) => {
    const { token, expiresOnTimestamp } = await credential.getToken('https://management.source.test/.default');

    const claims = base.tokens.verify(token, ['https://management.source.test']);
    expect(claims).toMatchObject({ oid: APP_IDENTITY.objectId, sub: APP_IDENTITY.objectId });
    expect(claims?.exp).toBe(Math.floor(expiresOnTimestamp / 1000));
  });

  it('takes a resource with a trailing slash for the one without', async () => {
    const { token } = await new ManagedIdentityCredential().getToken('https://management.source.test//.default');

    expect(base.tokens.verify(token, ['https://management.source.test'])).toBeDefined();
  });

  it('refuses an identity that the app does not have, with a message that names it', async () => {
    const credential = new ManagedIdentityCredential({ clientId: 'cccccccc-0000-4000-8000-000000000000' });

    await expect(credential.getToken('https://storage.azure.com/.default')).rejects.toThrow(/cccccccc-0000/);
  });
});
