import { setTimeout as sleep } from 'node:timers/promises';
import { buildImage, pushImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let cloud: TestStack;
const REPOSITORIES = ['k/one', 'k/two', 'k/three'];

beforeAll(async () => {
  cloud = await startTestStack({ minimumRunMs: 1200, giveUpWithinMs: 0 });
});
afterAll(() => cloud?.stop());

/** Runs of one direction that carried an artifact or archive of the transfer. */
async function runsOf(side: 'source' | 'target', id: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, properties } of cloud.pipelines(side).listRuns()) {
    const blob = properties.request?.target?.name ?? properties.request?.source?.name ?? '';
    if (blob.startsWith(`${id}-`)) names.push(name);
  }
  return names;
}

/** SIGKILL of the Functions host; the supervisor starts it again on the same port. */
async function killHost(): Promise<void> {
  const { pid } = cloud.stack.host;
  process.kill(pid, 'SIGKILL');
  while (cloud.stack.host.pid === pid) await sleep(20);
}

/** Waits until the transfer's document satisfies `reached`; the host may be starting again meanwhile. */
async function until(
  id: string,
  reached: (document: { phase: string; batches: { step: string; export: unknown }[] }) => boolean,
) {
  for (;;) {
    const answer = await cloud.call(`/transfers/${id}`).catch(() => undefined);
    if (answer?.status === 200 && reached(answer.body)) return;
    await sleep(20);
  }
}

const atStep = (step: string) => (document: { batches: { step: string; export: unknown }[] }) =>
  document.batches.some((batch) => batch.step === step && batch.export !== null);

describe('a transfer whose Functions host is killed', () => {
  it.each([
    ['while it resolves', 21, () => true],
    ['while the export runs', 22, atStep('Export')],
    ['while the archive is copied', 23, atStep('Copy')],
    ['while the import runs', 24, atStep('Import')],
  ])('%s finishes with every artifact, each exported and imported once', async (_name, seed, reached) => {
    const id = `kill-${seed}`;
    const images = REPOSITORIES.map((repository, index) => ({
      repository,
      image: buildImage({ seed: seed * 10 + index, layerSizes: [5_000_000, 100] }),
    }));
    for (const { repository, image } of images) await pushImage(cloud.stack.registry('source'), repository, id, image);
    const artifacts = REPOSITORIES.map((repository) => `${repository}:${id}`);
    const { status } = await cloud.call('/transfers', { body: { route: cloud.route.name, artifacts, id } });
    expect(status).toBe(202);
    await until(id, reached);
    await killHost();
    const document = await cloud.follow(id);
    expect(document).toMatchObject({ state: 'Succeeded', counts: { total: 3, Transferred: 3 } });
    for (const { repository, image } of images) {
      const found = await cloud.stack.registry('target').resolve(repository, id);
      expect(found?.digest).toBe(image.descriptor.digest);
    }
    expect(await runsOf('source', id)).toHaveLength(1);
    expect(await runsOf('target', id)).toHaveLength(1);
  });

  it('before its instance was started is started by the reconciling timer', async () => {
    const image = buildImage({ seed: 900, layerSizes: [10] });
    await pushImage(cloud.stack.registry('source'), 'k/orphan', 'v1', image);
    const requestedAt = new Date().toISOString();
    const request = {
      id: 'orphan',
      route: cloud.route.name,
      artifacts: ['k/orphan:v1'],
      options: {},
      requestedBy: 'key',
      requestedAt,
      correlationId: 'test',
      retryOf: null,
    };
    await cloud.records.writeText('open/orphan', '{}');
    await cloud.records.writeText('transfers/orphan/request.json', JSON.stringify(request));
    expect((await cloud.call('/transfers/orphan')).body.state).toBe('Accepted');
    await cloud.runTimer('reconcileTimer');
    const document = await cloud.follow('orphan');
    expect(document.state).toBe('Succeeded');
    while (await cloud.records.properties('open/orphan')) await sleep(50);
  });

  it('and that an operator has terminated is started anew, and sends nothing again', async () => {
    const image = buildImage({ seed: 901, layerSizes: [10] });
    await pushImage(cloud.stack.registry('source'), 'k/ended', 'v1', image);
    const body = { route: cloud.route.name, artifacts: ['k/ended:v1'], id: 'ended' };
    expect((await cloud.call('/transfers', { body })).status).toBe(202);
    await until('ended', atStep('Export'));
    await cloud.terminate('transfer:ended');
    while ((await cloud.instanceStatus('segment:ended:1')) !== 'Completed') await sleep(50);
    expect((await cloud.call('/transfers/ended')).body.state).toBe('Running');
    await cloud.runTimer('reconcileTimer');
    expect(await cloud.follow('ended')).toMatchObject({ state: 'Succeeded', counts: { Transferred: 1 } });
    expect(await runsOf('source', 'ended')).toHaveLength(1);
    expect(await runsOf('target', 'ended')).toHaveLength(1);
  });
});
