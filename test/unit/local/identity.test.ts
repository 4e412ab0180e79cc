import { generateKeyPairSync } from 'node:crypto';
import { startIdentity } from '../../../local/identity/server.ts';
import { TokenAuthority } from '../../../local/tokens.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const tokens = new TokenAuthority(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
const identities = {
  one: { objectId: 'object-1', clientId: 'client-1' },
  two: { objectId: 'object-2', clientId: 'client-2' },
};
const ID = '/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities';
const shared = { objectId: 'object-3', clientId: 'client-3', resourceId: `${ID}/shared` };
const other = { objectId: 'object-4', clientId: 'client-4', resourceId: `${ID}/other` };
const apps = {
  both: { systemAssigned: { objectId: 'object-5', clientId: 'client-5' }, userAssigned: [shared, other] },
  assigned: { userAssigned: [shared] },
};
let endpoint: string;
let stop: () => Promise<void>;

beforeAll(async () => {
  ({ endpoint, stop } = await startIdentity({ port: 0, tokens, identities: { ...identities, ...apps } }));
});

afterAll(async () => {
  await stop();
});

async function ask(
  query: string,
  header: string | undefined = 'one',
  url = endpoint,
): Promise<[number, Record<string, unknown>]> {
  const answer = await fetch(`${url}?${query}`, { headers: header === '' ? {} : { 'x-identity-header': header } });
  return [answer.status, (await answer.json()) as Record<string, unknown>];
}

const GOOD = 'api-version=2019-08-01&resource=https://storage.azure.com/';

describe('the identity endpoint', () => {
  it('gives each app a token of its own identity', async () => {
    for (const [header, identity] of Object.entries(identities)) {
      const [status, body] = await ask(GOOD, header);
      const claims = tokens.verify(String(body.access_token), ['https://storage.azure.com']);

      expect(status).toBe(200);
      expect(claims).toMatchObject({ oid: identity.objectId, appid: identity.clientId });
      expect(body).toMatchObject({
        token_type: 'Bearer',
        client_id: identity.clientId,
        expires_on: String(claims?.exp),
      });
    }
  });

  it.each([
    ['without header', GOOD, '', 401],
    ['with a header that nobody has', GOOD, 'constructor', 401],
    ['without resource', 'api-version=2019-08-01', 'one', 400],
    ['with an api-version of another kind', GOOD.replace('2019-08-01', '2017-09-01'), 'one', 400],
    ["with another app's client id", `${GOOD}&client_id=client-2`, 'one', 400],
    ["with another app's object id", `${GOOD}&object_id=object-2`, 'one', 400],
    ['with a resource id', `${GOOD}&mi_res_id=/subscriptions/x`, 'one', 400],
  ])('refuses a request %s', async (_name, query, header, status) => {
    const [found, body] = await ask(query, header);

    expect(found).toBe(status);
    expect(body).toEqual({ statusCode: status, message: expect.any(String) });
  });

  it('never answers 404, which the client would repeat', async () => {
    expect((await ask(GOOD, 'one', endpoint.replace('/msi/token', '/other')))[0]).toBe(400);
  });
});

describe('the identity endpoint of an app with several identities', () => {
  it.each([
    ['both', '', 'object-5'],
    ['both', '&client_id=client-5', 'object-5'],
    ['both', '&client_id=client-4', 'object-4'],
    ['both', '&object_id=object-3', 'object-3'],
    ['both', '&principal_id=object-3', 'object-3'],
    ['both', `&mi_res_id=${encodeURIComponent(`${ID}/OTHER`)}`, 'object-4'],
    ['assigned', '&client_id=client-3', 'object-3'],
  ])('gives the app "%s" at "%s" the identity %s', async (header, query, objectId) => {
    const [status, body] = await ask(GOOD + query, header);
    expect([status, tokens.verify(String(body.access_token), ['https://storage.azure.com'])?.oid]).toEqual([
      200,
      objectId,
    ]);
  });

  it.each([
    ['assigned', '', /no system-assigned identity/],
    ['assigned', '&client_id=client-4', /client_id client-4/],
    ['assigned', `&mi_res_id=${ID}/other`, /mi_res_id .*other/],
    ['both', '&client_id=client-3&object_id=object-3', /client_id and object_id/],
  ])('refuses the app "%s" at "%s"', async (header, query, message) => {
    const [status, body] = await ask(GOOD + query, header);
    expect([status, body.message]).toEqual([400, expect.stringMatching(message)]);
  });
});

describe('a token of the identity endpoint', () => {
  it('is for one resource and has an end', async () => {
    const short = await startIdentity({ port: 0, tokens, identities, tokenLifeSeconds: -1 });
    const [, body] = await ask(GOOD, 'one', short.endpoint);
    await short.stop();
    const [, lasting] = await ask(GOOD);

    expect(tokens.verify(String(body.access_token), ['https://storage.azure.com'])).toBeUndefined();
    expect(tokens.verify(String(lasting.access_token), ['https://vault.azure.net'])).toBeUndefined();
  });
});
