import { localRoute } from '../../local/app/environment.ts';
import { APP_IDENTITY, resourcesOf, storageAccountId } from '../../local/names.ts';
import { inspectSas } from '../../src/domain/sas/sas.ts';
import { putPipeline } from '../support/arm.ts';
import { buildImage, pushImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let cloud: TestStack;
const route = localRoute();
const { vaultUrl } = resourcesOf('source');
const account = storageAccountId('srcstore');
const KINDS = ['accountKey', 'account', 'storedPolicy'] as const;
type Kind = (typeof KINDS)[number];

const pipelineOf = (kind: Kind) => `sas${kind}`;
const routeOf = (kind: Kind) => `by-${kind.toLowerCase()}`;
const sasOf = (kind: Kind) => ({ kind, days: 30, account, ...(kind === 'storedPolicy' ? { policy: 'transfer' } : {}) });

beforeAll(async () => {
  const routes = KINDS.map((kind) => {
    const source = { ...route.source, exportPipeline: pipelineOf(kind), sas: sasOf(kind) };
    return { ...route, name: routeOf(kind), source };
  });
  const settings = {
    ROUTES_JSON: JSON.stringify(routes),
    SIDE_BY_ACCOUNT_TARGET__blobServiceUri: 'https://tgtstore.blob.target.test',
  };
  cloud = await startTestStack({ settings });
  await cloud.operator.assign('source', APP_IDENTITY.objectId, 'Storage Account Key Operator Service Role', account);
  await cloud.operator.assign(
    'source',
    APP_IDENTITY.objectId,
    'Key Vault Secrets Officer',
    resourcesOf('source').vaultId,
  );
  for (const kind of KINDS) {
    await putPipeline(cloud, 'source', pipelineOf(kind), { keyVaultUri: `${vaultUrl}/secrets/${kind}` });
  }
});
afterAll(() => cloud?.stop());

async function transferBy(kind: Kind, tag: string) {
  await pushImage(
    cloud.stack.registry('source'),
    `kinds/${kind.toLowerCase()}`,
    tag,
    buildImage({ seed: 61, layerSizes: [10] }),
  );
  const artifacts = [`kinds/${kind.toLowerCase()}:${tag}`];
  const { status, body } = await cloud.call('/transfers', { body: { route: routeOf(kind), artifacts } });
  expect(status).toBe(202);
  return cloud.follow(body.id);
}

async function factsOf(kind: Kind) {
  return inspectSas((await cloud.vault('source').get(kind))?.value ?? '');
}

describe('a token that the route wants signed with an account key', () => {
  it.each([
    ['accountKey', { kind: 'accountKey', resource: 'c', httpsOnly: true }],
    ['account', { kind: 'account', services: 'b', resourceTypes: 'sco', httpsOnly: true }],
    ['storedPolicy', { kind: 'storedPolicy', resource: 'c', policy: 'transfer', permissions: '', expiresAt: null }],
  ] as const)('as %s is minted when there is none, and exports with it', async (kind, facts) => {
    const document = await transferBy(kind, 'v1');
    expect(document).toMatchObject({ state: 'Succeeded', counts: { Transferred: 1 } });
    expect(await factsOf(kind)).toMatchObject(facts);
    const secret = await cloud.vault('source').get(kind);
    expect(secret?.tags).toMatchObject({ kind, keyId: 'key1', side: 'source' });
    const days = (Date.parse(secret?.expiresAt ?? '') - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(30);
  });

  it('is noticed when the key was regenerated, and replaced', async () => {
    const before = (await cloud.vault('source').get('accountKey'))?.version;
    await cloud.operator.arm('source', 'POST', `${account}/regenerateKey?api-version=2023-05-01`, { keyName: 'key1' });
    const document = await transferBy('accountKey', 'v2');
    expect(document).toMatchObject({ state: 'Succeeded', counts: { Transferred: 1 } });
    expect((await cloud.vault('source').get('accountKey'))?.version).not.toBe(before);
  });

  it('is never shown: no account key and no signature is in logs or records', async () => {
    const { body } = await cloud.operator.arm('source', 'POST', `${account}/listKeys?api-version=2023-05-01`);
    const { keys } = body as { keys: { value: string }[] };
    const places = [await cloud.hostLog()];
    for await (const { name } of cloud.records.list()) places.push((await cloud.records.readText(name))?.text ?? '');
    for (const place of places) {
      expect(place).not.toContain('sig=');
      for (const { value } of keys) expect(place).not.toContain(value);
    }
  });
});
