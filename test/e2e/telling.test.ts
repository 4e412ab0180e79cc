import { setTimeout as sleep } from 'node:timers/promises';
import { formatRunName, instanceIds } from '../../src/domain/names.ts';
import { dryRunSchema } from '../../src/domain/plan/dry-run.ts';
import { problemSchema } from '../../src/domain/problem.ts';
import { artifactPageSchema } from '../../src/domain/transfer/artifact-page.ts';
import { deletionSchema, transferDocumentSchema } from '../../src/domain/transfer/transfer-document.ts';
import { buildImage, pushImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let cloud: TestStack;
const image = buildImage({ seed: 51, layerSizes: [30_000, 100] });
const other = buildImage({ seed: 52, layerSizes: [10] });

beforeAll(async () => {
  // Archives are due at once, so that the timer has something to do; runs and reports are kept.
  cloud = await startTestStack({ route: { retention: { archivesDays: 0, runsDays: 30, reportsDays: 365 } } });
  await push('source', 't/good', 'v1');
  await push('source', 't/taken', 'v1');
  await push('target', 't/taken', 'v1', other);
  await cloud.transfer(['t/good:v1', 't/taken:v1', 't/none:v1'], { id: 'mixed' });
});
afterAll(() => cloud?.stop());

function push(side: 'source' | 'target', repository: string, tag: string, content = image) {
  return pushImage(cloud.stack.registry(side), repository, tag, content);
}

async function namesIn(container: { list(prefix: string): AsyncIterable<{ name: string }> }, prefix: string) {
  const names: string[] = [];
  for await (const { name } of container.list(prefix)) names.push(name);
  return names;
}

function refusedAs(answer: { status: number; body: unknown }): [number, string] {
  return [answer.status, problemSchema.parse(answer.body).type.replace('urn:acr-transfer:problem:', '')];
}

describe('GET /transfers/{id}/artifacts', () => {
  it('gives those of an outcome, those whose names match, and pages', async () => {
    const failed = artifactPageSchema.parse((await cloud.call('/transfers/mixed/artifacts?outcome=Failed')).body);
    expect(failed.value.map(({ artifact }) => artifact)).toEqual(['t/taken:v1', 't/none:v1']);
    const found = await cloud.call('/transfers/mixed/artifacts?search=GOOD');
    expect(found.body.value).toMatchObject([{ artifact: 't/good:v1', outcome: 'Transferred' }]);
    const first = await cloud.call('/transfers/mixed/artifacts?limit=2');
    const { continuation } = artifactPageSchema.parse(first.body);
    const rest = await cloud.call(`/transfers/mixed/artifacts?limit=2&continuation=${continuation}`);
    expect(rest.body.value).toMatchObject([{ artifact: 't/none:v1' }]);
    expect(rest.body.continuation).toBeUndefined();
  });

  it('refuses what it does not know, with every fault', async () => {
    const answer = await cloud.call('/transfers/mixed/artifacts?outcome=Lost&limit=0&continuation=x&colour=red');
    expect(refusedAs(answer)).toEqual([400, 'QUERY_INVALID']);
    expect(answer.body.faults).toHaveLength(4);
    expect((await cloud.call('/transfers/none/artifacts')).status).toBe(404);
  });
});

describe('GET /transfers/{id}/report', () => {
  it('gives the report as JSON and as CSV', async () => {
    const { body } = await cloud.call('/transfers/mixed/report');
    expect(transferDocumentSchema.parse(body)).toMatchObject({ state: 'CompletedWithErrors', counts: { total: 3 } });
    const { url, key } = cloud.stack.endpoints.functions;
    const response = await fetch(`${url}/api/transfers/mixed/report?format=csv&code=${key}`);
    expect(response.headers.get('content-type')).toContain('text/csv');
    const lines = (await response.text()).split('\r\n');
    expect(lines).toHaveLength(5);
    expect(lines[1]).toMatch(/^t\/good:v1,Transferred,sha256:/);
    expect(lines[2]).toMatch(/,conflict,TAG_EXISTS,/);
    expect((await cloud.call('/transfers/mixed/report?format=xml')).status).toBe(400);
  });
});

describe('POST /transfers/{id}/retry', () => {
  it('starts a new transfer of exactly what did not arrive', async () => {
    await push('source', 't/none', 'v1');
    const answer = await cloud.call('/transfers/mixed/retry', { method: 'POST' });
    expect(answer.status).toBe(202);
    const { id, retryOf } = transferDocumentSchema.parse(answer.body);
    expect(answer.headers.get('location')).toBe(`/api/transfers/${id}`);
    expect(retryOf).toBe('mixed');
    const document = await cloud.follow(id);
    expect(document.artifacts?.map(({ artifact, outcome }) => [artifact, outcome])).toEqual([
      ['t/taken:v1', 'Failed'],
      ['t/none:v1', 'Transferred'],
    ]);
    expect(document.retryOf).toBe('mixed');
  });

  it('refuses when everything arrived', async () => {
    const { id } = await cloud.transfer(['t/good:v1']);
    expect(refusedAs(await cloud.call(`/transfers/${id}/retry`, { method: 'POST' }))).toEqual([
      409,
      'NOTHING_TO_RETRY',
    ]);
    expect((await cloud.call('/transfers/none/retry', { method: 'POST' })).status).toBe(404);
  });
});

describe('a dry run', () => {
  it('tells what would move and what not, and writes nothing', async () => {
    await push('source', 't/dry', 'v1');
    await push('source', 't/dry', 'v2');
    const before = await namesIn(cloud.records, '');
    const artifacts = ['t/dry:v1', 't/dry:v2', 't/good:v1', 't/taken:v1', 't/dry:none'];
    const { status, body } = await cloud.call('/transfers?dryRun=true', {
      body: { route: cloud.route.name, artifacts, id: 'dry' },
    });
    expect(status).toBe(200);
    const plan = dryRunSchema.parse(body);
    expect(plan.counts).toEqual({ total: 5, moving: 2, AlreadyPresent: 1, Failed: 2 });
    expect(plan.artifacts.map(({ failure }) => failure?.code ?? null)).toEqual([
      null,
      null,
      null,
      'TAG_EXISTS',
      'ARTIFACT_NOT_FOUND',
    ]);
    expect(plan.bytes).toBe(plan.artifacts[0]?.bytes);
    expect(plan.batches).toEqual([{ path: 'b0001', artifacts: 2, bytes: plan.bytes }]);
    // By the transfers of this route that have ended before.
    expect(plan.estimatedSeconds).toBeGreaterThanOrEqual(0);
    expect(await namesIn(cloud.records, '')).toEqual(before);
    expect(await cloud.instanceStatus(instanceIds.transfer('dry'))).toBeUndefined();
  });

  it('takes no more artifacts than it can answer within the request', async () => {
    const artifacts = Array.from({ length: 501 }, (_, index) => `t/dry:v${index}`);
    const answer = await cloud.call('/transfers?dryRun=true', { body: { route: cloud.route.name, artifacts } });
    expect(refusedAs(answer)).toEqual([400, 'DRY_RUN_TOO_LARGE']);
    expect(answer.body.detail).toContain('500');
  });
});

/** Waits until the deletion of a transfer has ended. */
async function deleted(id: string): Promise<void> {
  while ((await cloud.instanceStatus(instanceIds.delete(id))) !== 'Completed') await sleep(50);
}

describe('the retention timer', () => {
  it('deletes the archives that are due, and keeps runs and report', async () => {
    const { id, batches } = await cloud.transfer(['t/dry:v1'], { id: 'retained' });
    const archive = batches[0]?.archive?.name ?? '';
    expect(await cloud.container('target').properties(archive)).toBeDefined();
    await cloud.container('target').writeText('retained-by-somebody.tar', 'not of this app');
    await cloud.runTimer('retentionTimer');
    while ((await cloud.instanceStatus(instanceIds.delete(id))) === undefined) await sleep(50);
    await deleted(id);
    expect(await namesIn(cloud.container('source'), 'retained-')).toEqual([]);
    expect(await namesIn(cloud.container('target'), 'retained-')).toEqual(['retained-by-somebody.tar']);
    const run = formatRunName('export', { id, path: 'b0001', attempt: 1 });
    expect(await cloud.pipelines('source').getRun(run)).toBeDefined();
    expect((await cloud.call(`/transfers/${id}`)).body.state).toBe('Succeeded');
  });
});

describe('DELETE /transfers/{id}', () => {
  it('is refused before the end', async () => {
    await push('source', 't/running', 'v1', other);
    await cloud.call('/transfers', { body: { route: cloud.route.name, artifacts: ['t/running:v1'], id: 'running' } });
    const answer = await cloud.call('/transfers/running', { method: 'DELETE' });
    expect(refusedAs(answer)).toEqual([409, 'TRANSFER_RUNNING']);
    expect(refusedAs(await cloud.call('/transfers/running/retry', { method: 'POST' }))).toEqual([
      409,
      'TRANSFER_RUNNING',
    ]);
    expect(refusedAs(await cloud.call('/transfers/running/report'))).toEqual([409, 'TRANSFER_RUNNING']);
    expect(await cloud.follow('running')).toMatchObject({ state: 'Succeeded' });
  });

  it('removes runs, archives, record and instances, and nothing of others; the id is free again', async () => {
    await push('source', 't/gone', 'v1', buildImage({ seed: 53, layerSizes: [10] }));
    await cloud.transfer(['t/gone:v1'], { id: 'gone' });
    const others = await namesIn(cloud.records, 'transfers/mixed/');
    const answer = await cloud.call('/transfers/gone', { method: 'DELETE' });
    expect(answer.status).toBe(202);
    expect(deletionSchema.parse(answer.body).id).toBe('gone');
    expect([202, 404]).toContain((await cloud.call('/transfers/gone', { method: 'DELETE' })).status);
    await deleted('gone');
    expect((await cloud.call('/transfers/gone')).status).toBe(404);
    expect((await namesIn(cloud.records, '')).filter((name) => /\bgone\b/.test(name))).toEqual([]);
    for (const side of ['source', 'target'] as const) {
      expect(await namesIn(cloud.container(side), 'gone-')).toEqual([]);
      const run = formatRunName(side === 'source' ? 'export' : 'import', { id: 'gone', path: 'b0001', attempt: 1 });
      expect(await cloud.pipelines(side).getRun(run)).toBeUndefined();
      expect(await cloud.instanceStatus(instanceIds.run(run))).toBeUndefined();
    }
    for (const id of ['transfer:gone', 'segment:gone:1', 'batch:gone:b0001', 'copy:gone-b0001-a01.tar']) {
      expect(await cloud.instanceStatus(id)).toBeUndefined();
    }
    expect(await namesIn(cloud.records, 'transfers/mixed/')).toEqual(others);
    const { body } = await cloud.call('/transfers?limit=200');
    expect(body.value.map(({ id }: { id: string }) => id)).not.toContain('gone');
    const again = await cloud.transfer(['t/good:v1', 't/gone:v1'], { id: 'gone' });
    expect(again).toMatchObject({ state: 'Succeeded', counts: { total: 2, AlreadyPresent: 2 } });
  });

  it('is gone on with by the reconciling timer when it broke off', async () => {
    await cloud.transfer(['t/good:v1'], { id: 'broken-off' });
    const control = { stop: null, cancel: null, pause: null, deletion: { at: new Date().toISOString() } };
    await cloud.records.writeText('transfers/broken-off/control.json', JSON.stringify(control));
    await cloud.records.writeText('open/broken-off', '{}');
    await cloud.runTimer('reconcileTimer');
    await deleted('broken-off');
    expect((await cloud.call('/transfers/broken-off')).status).toBe(404);
  });
});
