import { setTimeout as sleep } from 'node:timers/promises';
import { localRoute } from '../../local/app/environment.ts';
import { resourcesOf } from '../../local/names.ts';
import { mintContainerSas } from '../../src/azure/sas/sas.ts';
import { createCredential } from '../../src/azure/sign-in/credential.ts';
import type { TransferDocument } from '../../src/domain/transfer/transfer-document.ts';
import { putPipeline, widenAppRoles } from '../support/arm.ts';
import { buildImage, pushImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let cloud: TestStack;
const first = buildImage({ seed: 11, layerSizes: [1000] });
const second = buildImage({ seed: 12, layerSizes: [1000] });

const route = localRoute();
const withSource = (name: string, change: object) => ({ ...route, name, source: { ...route.source, ...change } });
const withTarget = (name: string, change: object) => ({ ...route, name, target: { ...route.target, ...change } });
const elsewhere = (cloudName: 'source' | 'target') =>
  resourcesOf(cloudName).containerUrl.replace(/transfer$/, 'nowhere');
const noRegistry = resourcesOf('source').registryId.replace(/[^/]+$/, 'nosuchregistry');

const ROUTES = [
  route,
  withSource('no-registry', { registry: noRegistry }),
  withSource('no-pipeline', { exportPipeline: 'nosuchpipeline' }),
  withSource('no-container', { exportPipeline: 'toNowhere', container: elsewhere('source') }),
  withSource('other-container', { container: elsewhere('source') }),
  withSource('no-vault', { exportPipeline: 'noVault' }),
  withSource('no-secret', { exportPipeline: 'noSecret' }),
  withSource('expired', { exportPipeline: 'expiredSas' }),
  withSource('read-only', { exportPipeline: 'readOnlySas' }),
  withSource('pinned', { exportPipeline: 'pinnedSas' }),
  withSource('dying', { exportPipeline: 'dyingSas' }),
  withSource('keep-blobs', { exportPipeline: 'keepBlobs' }),
  withTarget('keep-tags', { importPipeline: 'keepTags' }),
  { ...route, name: 'faulty', source: { ...route.source, container: 'https://srcstore.blob.target.test/transfer' } },
];

beforeAll(async () => {
  // Runs that take a while leave time to change the world under a transfer.
  const settings = {
    ROUTES_JSON: JSON.stringify(ROUTES),
    // The routes share a container: its trigger's connection is that of the first by name.
    SIDE_DYING_TARGET__blobServiceUri: 'https://tgtstore.blob.target.test',
  };
  cloud = await startTestStack({ minimumRunMs: 1500, settings });
  const { vaultUrl } = resourcesOf('source');
  await widenAppRoles(cloud, 'source');
  await putPipeline(cloud, 'source', 'toNowhere', { uri: elsewhere('source') });
  await putPipeline(cloud, 'source', 'noVault', { keyVaultUri: 'https://novault.vault.source.test/secrets/sas' });
  await putPipeline(cloud, 'source', 'noSecret', { keyVaultUri: `${vaultUrl}/secrets/none` });
  await putPipeline(cloud, 'source', 'expiredSas', { keyVaultUri: `${vaultUrl}/secrets/expired` });
  await putPipeline(cloud, 'source', 'readOnlySas', { keyVaultUri: `${vaultUrl}/secrets/read-only` });
  await putPipeline(cloud, 'source', 'dyingSas', { keyVaultUri: `${vaultUrl}/secrets/dying` });
  await putPipeline(cloud, 'source', 'keepBlobs', {});
  const expired = await mintSas('alrw', -900_000, 1500);
  const { version } = await cloud.vault('source').set('pinned', expired, meta());
  await putPipeline(cloud, 'source', 'pinnedSas', { keyVaultUri: `${vaultUrl}/secrets/pinned/${version}` });
  await cloud.vault('source').set('expired', `?${expired}`, meta());
  await cloud.vault('source').set('read-only', await mintSas('rl', 0, 3_600_000), meta());
  await sleep(1600);
  await putPipeline(cloud, 'target', 'keepTags', { options: ['ContinueOnErrors'] });
});
afterAll(() => cloud?.stop());

function push(side: 'source' | 'target', repository: string, tag: string, image = first) {
  return pushImage(cloud.stack.registry(side), repository, tag, image);
}

function ofArtifact(document: TransferDocument, name: string) {
  const artifact = document.artifacts?.find((other) => other.artifact === name);
  const { class: failureClass, code, step } = artifact?.attempts.at(-1) ?? {};
  return { outcome: artifact?.outcome, class: failureClass, code, step };
}

async function mintSas(permissions: string, fromMs: number, toMs: number): Promise<string> {
  const { container } = cloud.route.source;
  const credential = createCredential(cloud.route.source);
  const now = Date.now();
  const span = { startsAt: new Date(now + fromMs), expiresAt: new Date(now + toMs) };
  return mintContainerSas({ containerUrl: container, credential, permissions, ...span });
}

describe('artifacts', () => {
  it.concurrent('that do not exist fail alone', async () => {
    await push('source', 'f/there', 'v1');
    const document = await cloud.transfer(['f/there:v1', 'f/there:none', 'f/none:v1']);
    expect(document.state).toBe('CompletedWithErrors');
    expect(ofArtifact(document, 'f/there:v1').outcome).toBe('Transferred');
    const missing = { outcome: 'Failed', class: 'artifact', code: 'ARTIFACT_NOT_FOUND', step: 'Resolve' };
    expect(ofArtifact(document, 'f/there:none')).toEqual(missing);
    expect(ofArtifact(document, 'f/none:v1')).toEqual(missing);
  });

  it.concurrent('that are another digest in the target are a conflict before any export, unless overwrite is on', async () => {
    await push('source', 'f/taken', 'v1', first);
    await push('target', 'f/taken', 'v1', second);
    const document = await cloud.transfer(['f/taken:v1']);
    expect(document.state).toBe('Failed');
    expect(document.batches).toEqual([]);
    expect(ofArtifact(document, 'f/taken:v1')).toMatchObject({
      outcome: 'Failed',
      class: 'conflict',
      code: 'TAG_EXISTS',
    });
    const overwritten = await cloud.transfer(['f/taken:v1'], { options: { overwrite: true } });
    expect(overwritten.state).toBe('Succeeded');
    const found = await cloud.stack.registry('target').resolve('f/taken', 'v1');
    expect(found?.digest).toBe(first.descriptor.digest);
  });

  it.concurrent('whose tag moves after it was resolved are TAG_MOVED', async () => {
    await push('source', 'f/moving', 'v1', first);
    const { body } = await cloud.call('/transfers', { body: { route: route.name, artifacts: ['f/moving:v1'] } });
    await cloud.until(body.id, exporting);
    await push('source', 'f/moving', 'v1', second);
    const document = await cloud.follow(body.id);
    expect(document.state).toBe('Failed');
    expect(ofArtifact(document, 'f/moving:v1')).toMatchObject({ class: 'artifact', code: 'TAG_MOVED', step: 'Verify' });
  });

  it.concurrent('that get another digest in the target meanwhile are not overwritten where OverwriteTags is off', async () => {
    await push('source', 'f/raced', 'v1', first);
    const { body } = await cloud.call('/transfers', { body: { route: 'keep-tags', artifacts: ['f/raced:v1'] } });
    await cloud.until(body.id, exporting);
    await push('target', 'f/raced', 'v1', second);
    const document = await cloud.follow(body.id);
    expect(ofArtifact(document, 'f/raced:v1')).toMatchObject({
      outcome: 'Failed',
      class: 'conflict',
      code: 'TAG_EXISTS',
    });
    const found = await cloud.stack.registry('target').resolve('f/raced', 'v1');
    expect(found?.digest).toBe(second.descriptor.digest);
  });

  it.concurrent('after the first failure are Skipped where continueOnErrors is off', async () => {
    await push('source', 'f/strict', 'v1');
    const artifacts = ['f/strict:none', 'f/strict:v1'];
    const document = await cloud.transfer(artifacts, { options: { continueOnErrors: false } });
    expect(document.state).toBe('Failed');
    expect(document.artifacts?.map(({ outcome }) => outcome)).toEqual(['Failed', 'Skipped']);
    expect(document.batches).toEqual([]);
  });
});

describe('a pipeline', () => {
  it.concurrent('without OverwriteTags refuses overwrite at once', async () => {
    const body = { route: 'keep-tags', artifacts: ['f/there:v1'], options: { overwrite: true } };
    const answer = await cloud.call('/transfers', { body });
    expect(answer.status).toBe(409);
    expect(answer.body.detail).toContain('importPipelines/keepTags');
    expect(answer.body.detail).toContain('OverwriteTags');
  });

  it.concurrent('without OverwriteBlobs is not asked for a run when the blob is there: a conflict', async () => {
    await push('source', 'f/blob', 'v1');
    await cloud.container('source').writeText('blocked-b0001-a01.tar', 'somebody else wrote this');
    const answer = await cloud.call('/transfers', {
      body: { route: 'keep-blobs', artifacts: ['f/blob:v1'], id: 'blocked' },
    });
    expect(answer.status).toBe(202);
    const document = await cloud.follow('blocked');
    expect(ofArtifact(document, 'f/blob:v1')).toMatchObject({
      outcome: 'Failed',
      class: 'conflict',
      code: 'BLOB_EXISTS',
      step: 'Export',
    });
    expect(document.batches).toMatchObject([{ export: null, import: null }]);
    const { run } = document.artifacts?.[0]?.attempts[0] ?? {};
    expect(await cloud.pipelines('source').getRun(run ?? '')).toBeUndefined();
    expect((await cloud.call('/transfers/blocked', { method: 'DELETE' })).status).toBe(202);
    while ((await cloud.call('/transfers/blocked')).status !== 404) await sleep(50);
    expect((await cloud.container('source').readText('blocked-b0001-a01.tar'))?.text).toBe('somebody else wrote this');
  });
});

describe('a route', () => {
  it.concurrent.each([
    ['no-registry', 'PIPELINE_NOT_FOUND'],
    ['no-pipeline', 'PIPELINE_NOT_FOUND'],
    ['other-container', 'CONTAINER_MISMATCH'],
    ['faulty', 'ROUTE_NOT_USABLE'],
  ])('with %s accepts nothing: 503 %s', async (name, code) => {
    const answer = await cloud.call('/transfers', { body: { route: name, artifacts: ['f/there:v1'] } });
    expect(answer.status).toBe(503);
    expect(answer.body.type).toBe(`urn:acr-transfer:problem:${code}`);
  });

  it.concurrent('that is faulty is named with its faults, and leaves the others usable', async () => {
    const { body } = await cloud.call('/routes/faulty');
    expect(body.usable).toBe(false);
    expect(body.faults).toEqual([
      {
        file: 'ROUTES_JSON',
        path: '[13].source.container',
        found: 'https://srcstore.blob.target.test/transfer',
        allowed: 'https://{account}.blob.source.test/{container}',
      },
    ]);
    expect((await cloud.call('/health')).body).toEqual({ state: 'degraded', routes: { usable: 13, unusable: 1 } });
  });

  it.concurrent.each([
    ['no-container', 'service', 'CONTAINER_NOT_FOUND'],
    ['no-vault', 'service', 'VaultNotFound'],
    ['pinned', 'access', 'SAS_EXPIRED'],
  ])('with %s ends as Failed (%s %s) and leaves every artifact Skipped', async (name, failureClass, code) => {
    await push('source', 'f/there', 'v1');
    const { status, body } = await cloud.call('/transfers', { body: { route: name, artifacts: ['f/there:v1'] } });
    expect(status).toBe(202);
    const document = await cloud.follow(body.id);
    expect(document).toMatchObject({ state: 'Failed', error: { class: failureClass, code, side: 'source' } });
    expect(document.artifacts?.map(({ outcome }) => outcome)).toEqual(['Skipped']);
    expect(JSON.stringify(document)).not.toContain('sig=');
  });

  it.concurrent.each([
    ['no-secret', 'none'],
    ['expired', 'expired'],
    ['read-only', 'read-only'],
  ])('with %s gets a new token, and the transfer goes on', async (name, secret) => {
    await push('source', 'f/healed', name);
    const before = (await cloud.vault('source').get(secret))?.version;
    const { body } = await cloud.call('/transfers', { body: { route: name, artifacts: [`f/healed:${name}`] } });
    const document = await cloud.follow(body.id);
    expect(document).toMatchObject({ state: 'Succeeded', counts: { Transferred: 1 } });
    expect((await cloud.vault('source').get(secret))?.version).not.toBe(before);
  });

  it('whose token dies under a transfer gets a new one, and the export is tried once more', async () => {
    await cloud.vault('source').set('dying', await mintSas('alrw', -900_000, 4000), meta());
    await push('source', 'f/dying', 'v1');
    const { body } = await cloud.call('/transfers', { body: { route: 'dying', artifacts: ['f/dying:v1'] } });
    await cloud.until(body.id, exporting);
    await cloud.vault('source').set('dying', 'sr=c&sig=revoked&se=2020-01-01T00:00:00Z', meta());
    const document = await cloud.follow(body.id);
    expect(document).toMatchObject({ state: 'Succeeded', counts: { Transferred: 1 } });
    expect(document.artifacts?.[0]?.attempts).toMatchObject([{ step: 'Export', class: 'access', code: 'SAS_EXPIRED' }]);
    expect(document.batches[0]?.export?.run).not.toBe(document.artifacts?.[0]?.attempts[0]?.run);
  });
});

function meta() {
  return { expiresAt: new Date(Date.now() + 3_600_000), contentType: 'text/plain', tags: {} };
}

function exporting({ batches }: TransferDocument): boolean {
  return batches.some(({ step, export: run }) => step === 'Export' && run !== null);
}
