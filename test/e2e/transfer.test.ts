import { transferDocumentSchema } from '../../src/domain/transfer/transfer-document.ts';
import { buildArtifact, buildImage, buildIndex, pushImage, type TestImage } from '../support/images.ts';
import { archiveOf, receiptOf, until } from '../support/receipts.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let cloud: TestStack;
const image = buildImage({ seed: 1, layerSizes: [200_000, 0, 3000] });
const chart = buildArtifact({
  artifactType: 'application/vnd.cncf.helm.config.v1+json',
  blobs: [{ mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', bytes: Buffer.from('a chart') }],
});

beforeAll(async () => {
  cloud = await startTestStack();
});
afterAll(() => cloud?.stop());

function push(repository: string, tag: string | undefined, artifact: TestImage) {
  return pushImage(cloud.stack.registry('source'), repository, tag, artifact);
}

function targetDigest(repository: string, reference: string) {
  return cloud.stack
    .registry('target')
    .resolve(repository, reference)
    .then((found) => found?.digest);
}

describe('a transfer', () => {
  it.concurrent('moves an image, an index, a chart and an artifact by digest, and accounts for each', async () => {
    const index = buildIndex([buildImage({ seed: 2, layerSizes: [10] }), buildImage({ seed: 3, layerSizes: [20] })]);
    const untagged = buildImage({ seed: 4, layerSizes: [1] });
    await push('app/web', 'v1', image);
    await push('app/web', 'same', image);
    await push('app/multi', 'v1', index);
    await push('charts/web', '1.0.0', chart);
    const { digest } = await push('app/job', undefined, untagged);
    const artifacts = ['app/web:v1', 'app/web:same', 'app/multi:v1', 'charts/web:1.0.0', `app/job@${digest}`];
    const document = await cloud.transfer(artifacts);
    expect(document.state).toBe('Succeeded');
    expect(document.counts).toMatchObject({ total: 5, Transferred: 5, Failed: 0 });
    expect(document.artifacts?.map(({ artifact, outcome }) => [artifact, outcome])).toEqual(
      artifacts.map((artifact) => [artifact, 'Transferred']),
    );
    expect(await targetDigest('app/web', 'v1')).toBe(image.descriptor.digest);
    expect(await targetDigest('app/web', 'same')).toBe(image.descriptor.digest);
    expect(await targetDigest('app/multi', 'v1')).toBe(index.descriptor.digest);
    expect(await targetDigest('app/job', digest)).toBe(digest);
    const [batch] = document.batches;
    expect(batch).toMatchObject({ path: 'b0001', step: 'Done', export: { status: 'Succeeded', percentage: 100 } });
    expect(batch?.copy).toMatchObject({
      mode: 'server',
      bytesCopied: batch?.archive?.bytes,
      bytesTotal: batch?.archive?.bytes,
    });
    expect(batch?.import).toMatchObject({ status: 'Succeeded', error: null });
  });

  it.concurrent('copies the archive with its MD5, and without the mark that the service imports by', async () => {
    await push('app/marked', 'v1', image);
    const document = await cloud.transfer(['app/marked:v1']);
    const name = document.batches[0]?.archive?.name ?? '';
    const source = await cloud.container('source').properties(name);
    const target = await cloud.container('target').properties(name);
    expect(source?.metadata).toEqual({ category: 'acr-transfer-blob' });
    expect(target?.metadata).toEqual({});
    expect(target?.contentMd5).toBe(source?.contentMd5);
    expect(target?.contentMd5).toEqual(expect.any(String));
  });

  it.concurrent('says AlreadyPresent of what the target has, and starts no run for it', async () => {
    await push('app/again', 'v1', image);
    await cloud.transfer(['app/again:v1']);
    const document = await cloud.transfer(['app/again:v1']);
    expect(document.state).toBe('Succeeded');
    expect(document.counts.AlreadyPresent).toBe(1);
    expect(document.batches).toEqual([]);
  });

  it.concurrent('puts more than 50 artifacts into batches of 50 in list order', async () => {
    const artifacts: string[] = [];
    for (let index = 0; index < 53; index++) {
      await push('app/many', `v${index}`, chart);
      artifacts.push(`app/many:v${index}`);
    }
    const document = await cloud.transfer(artifacts);
    expect(document.counts.Transferred).toBe(53);
    expect(document.batches.map(({ path }) => path)).toEqual(['b0001', 'b0002']);
    expect(document.artifacts?.filter(({ batch }) => batch === 'b0001').map(({ artifact }) => artifact)).toEqual(
      artifacts.slice(0, 50),
    );
  });
});

describe('POST /transfers', () => {
  it.concurrent('answers 202 with a Location and the document', async () => {
    await push('app/post', 'v1', image);
    const body = { route: cloud.route.name, artifacts: ['app/post:v1'], id: 'my-transfer' };
    const answer = await cloud.call('/transfers', { body, headers: { 'x-correlation-id': 'caller-12345' } });
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toBe('/api/transfers/my-transfer');
    expect(transferDocumentSchema.parse(answer.body)).toMatchObject({
      id: 'my-transfer',
      correlationId: 'caller-12345',
    });
    await cloud.follow('my-transfer');
  });

  it.concurrent('answers 200 to the same request with the same id, while it runs and after its end', async () => {
    await push('app/twice', 'v1', image);
    const body = { route: cloud.route.name, artifacts: ['app/twice:v1'], id: 'twice' };
    const answers = await Promise.all([1, 2, 3].map(() => cloud.call('/transfers', { body })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 202]);
    await cloud.follow('twice');
    const after = await cloud.call('/transfers', { body });
    expect(after.status).toBe(200);
    expect(after.body.state).toBe('Succeeded');
    const runs: string[] = [];
    for await (const run of cloud.pipelines('source').listRuns()) {
      if (run.properties.request?.artifacts?.includes('app/twice:v1')) runs.push(run.name);
    }
    expect(runs).toHaveLength(1);
  });

  it.concurrent('leaves a receipt of the archive in the source, which goes with the transfer', async () => {
    await push('app/told', 'v1', image);
    const document = await cloud.transfer(['app/told:v1'], { id: 'told' });
    expect(document.batches[0]).toMatchObject({ handover: null, receipt: { signature: null, error: null } });
    const { receipt } = await receiptOf(cloud, 'source', archiveOf(document));
    const told = { artifact: 'app/told:v1', digest: image.descriptor.digest, presence: 'confirmed' };
    expect(receipt).toMatchObject({ transfer: 'told', batch: 'b0001', artifacts: [told] });
    expect((await cloud.call('/transfers/told', { method: 'DELETE' })).status).toBe(202);
    await until(
      () => cloud.call('/transfers/told'),
      ({ status }) => status === 404,
    );
    await expect(receiptOf(cloud, 'source', archiveOf(document))).rejects.toThrow('no receipt');
  });

  it.concurrent('answers 409 to another request with the same id', async () => {
    await push('app/other', 'v1', image);
    const body = { route: cloud.route.name, artifacts: ['app/other:v1'], id: 'other' };
    await cloud.call('/transfers', { body });
    const answer = await cloud.call('/transfers', { body: { ...body, artifacts: ['app/other:v2'] } });
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ type: 'urn:acr-transfer:problem:TRANSFER_EXISTS', status: 409 });
    await cloud.follow('other');
  });

  it.concurrent('answers 400 with every fault at once, and starts nothing', async () => {
    const artifacts = ['app/web', 'App:v1', 'app/web:v1', 'app/web:v1', 'app@sha256:12'];
    const options = { hurry: true, continueOnErrors: 'yes' };
    const answer = await cloud.call('/transfers', { body: { route: 'x', artifacts, options, id: '-' } });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    const paths = answer.body.faults.map(({ path }: { path: string }) => path).sort();
    const broken = ['artifacts[0]', 'artifacts[1]', 'artifacts[3]', 'artifacts[4]'];
    expect(paths).toEqual([...broken, 'id', 'options.continueOnErrors', 'options.hurry']);
    for (const fault of answer.body.faults)
      expect(fault).toEqual({ path: expect.any(String), found: expect.any(String), allowed: expect.any(String) });
    expect(answer.body.faults).toContainEqual({
      path: 'options.hurry',
      found: 'hurry',
      allowed: 'continueOnErrors, overwrite, force',
    });
  });

  it.concurrent.each([
    ['a body that is not JSON', '{', 400],
    ['a body that is empty', '', 400],
    ['a route that is not configured', { route: 'nowhere', artifacts: ['a/b:c'] }, 404],
    ['no artifacts', { route: 'source-to-target', artifacts: [] }, 400],
    [
      'an engine, which this version does not take',
      { route: 'source-to-target', artifacts: ['a:b'], options: { engine: 'direct' } },
      400,
    ],
  ])('refuses %s', async (_name, body, status) => {
    const answer = await cloud.call('/transfers', { method: 'POST', body });
    expect(answer.status).toBe(status);
    expect(answer.body.correlationId).toBe(answer.headers.get('x-correlation-id'));
  });

  it.concurrent('refuses a query that it does not know', async () => {
    const answer = await cloud.call('/transfers?dryRun=maybe', {
      body: { route: cloud.route.name, artifacts: ['a:b'] },
    });
    expect(answer.status).toBe(400);
    expect(answer.body.faults).toEqual([{ path: 'dryRun', found: 'maybe', allowed: 'true, false' }]);
  });

  it.concurrent('answers 401 without the key', async () => {
    const answer = await cloud.call('/transfers', { body: {}, headers: { 'x-functions-key': 'wrong' } });
    expect(answer.status).toBe(401);
  });
});

describe('GET', () => {
  it('lists transfers newest first, page by page, without artifacts', async () => {
    await push('app/list', 'v1', image);
    await cloud.transfer(['app/list:v1'], { id: 'list-1' });
    await cloud.transfer(['app/list:v1'], { id: 'list-2' });
    const first = await cloud.call('/transfers?limit=1');
    expect(first.body.value.map(({ id }: { id: string }) => id)).toEqual(['list-2']);
    expect(first.body.value[0].artifacts).toBeUndefined();
    const second = await cloud.call(`/transfers?limit=1&continuation=${first.body.continuation}`);
    expect(second.body.value.map(({ id }: { id: string }) => id)).toEqual(['list-1']);
    const none = await cloud.call('/transfers?state=Canceled');
    expect(none.body).toEqual({ value: [] });
    const bad = await cloud.call('/transfers?state=Gone&limit=0&colour=red');
    expect(bad.status).toBe(400);
    expect(bad.body.faults).toHaveLength(3);
  });

  it('answers 404 for a transfer that does not exist, whatever its id looks like', async () => {
    expect((await cloud.call('/transfers/none')).status).toBe(404);
    expect((await cloud.call('/transfers/..%2f..%2fopen')).status).toBe(404);
  });

  it('shows the routes without anything to sign in with', async () => {
    const { body } = await cloud.call('/routes');
    expect(body.value).toHaveLength(1);
    expect(body.value[0]).toMatchObject({
      name: cloud.route.name,
      usable: true,
      source: { container: cloud.route.source.container },
    });
    expect(JSON.stringify(body)).not.toMatch(/"credential"|clientId|managedIdentity/);
    expect(body.value[0].target).toMatchObject({
      storageAccess: 'ManagedIdentity',
      triggerStatus: 'Enabled',
      error: null,
    });
    expect(body.value[0].lastTransfer).toMatchObject({ id: 'list-2', state: 'Succeeded' });
    expect((await cloud.call(`/routes/${cloud.route.name}`)).body).toEqual(body.value[0]);
    expect((await cloud.call('/routes/none')).status).toBe(404);
  });

  it('tells its health to anybody', async () => {
    const answer = await cloud.call('/health', { headers: { 'x-functions-key': '' } });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ state: 'ok', routes: { usable: 1, unusable: 0 } });
  });
});
