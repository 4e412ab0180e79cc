import { setTimeout as sleep } from 'node:timers/promises';
import { type TransferDocument, transferDocumentSchema } from '../../src/domain/transfer/transfer-document.ts';
import { buildImage, pushImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let cloud: TestStack;
const image = buildImage({ seed: 41, layerSizes: [200_000, 100] });

beforeAll(async () => {
  // Runs that take a while leave time to ask something of a transfer in the middle of a step.
  cloud = await startTestStack({ minimumRunMs: 1200, route: { maxParallelBatches: 1 } });
});
afterAll(() => cloud?.stop());

/** Starts a transfer of one image under as many tags as asked for. */
async function start(id: string, tags = 1, content = image): Promise<string[]> {
  const artifacts = Array.from({ length: tags }, (_, index) => `c/${id}:v${index}`);
  for (let index = 0; index < tags; index++) {
    await pushImage(cloud.stack.registry('source'), `c/${id}`, `v${index}`, content);
  }
  const { status } = await cloud.call('/transfers', { body: { route: cloud.route.name, artifacts, id } });
  expect(status).toBe(202);
  return artifacts;
}

const exporting = ({ batches }: TransferDocument) =>
  batches.some(({ step, export: run }) => step === 'Export' && run !== null);
const importing = ({ batches }: TransferDocument) =>
  batches.some(({ step, import: run }) => step === 'Import' && run !== null);

function ask(id: string, action: string) {
  return cloud.call(`/transfers/${id}/${action}`, { method: 'POST' });
}

async function runsOf(side: 'source' | 'target', id: string): Promise<(string | undefined)[]> {
  const statuses: (string | undefined)[] = [];
  for await (const { properties } of cloud.pipelines(side).listRuns()) {
    const blob = properties.request?.target?.name ?? properties.request?.source?.name ?? '';
    if (blob.startsWith(`${id}-`)) statuses.push(properties.response?.status);
  }
  return statuses;
}

/** Archives of the transfer in a container, and blobs of which blocks are staged. */
async function archivesOf(side: 'source' | 'target', id: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of cloud.container(side).list(`${id}-`)) names.push(name);
  return names;
}

describe('canceling a transfer', () => {
  it('while it resolves leaves every artifact Canceled, and no run', async () => {
    await start('resolving', 3);
    const answer = await ask('resolving', 'cancel');
    expect(answer.status).toBe(202);
    expect(transferDocumentSchema.parse(answer.body).state).toMatch(/^(Canceling|Canceled)$/);
    const document = await cloud.follow('resolving');
    expect(document).toMatchObject({ state: 'Canceled', error: null, counts: { total: 3, Canceled: 3 } });
    expect(await runsOf('source', 'resolving')).toEqual([]);
  });

  it.concurrent('while it exports lets the run end, copies nothing, and begins no other batch', async () => {
    await start('exporting', 53);
    await cloud.until('exporting', exporting);
    const { body } = await ask('exporting', 'cancel');
    expect(body.state).toBe('Canceling');
    const document = await cloud.follow('exporting');
    expect(document).toMatchObject({ state: 'Canceled', counts: { total: 53, Canceled: 53, Failed: 0 } });
    expect(await runsOf('source', 'exporting')).toEqual(['Succeeded']);
    expect(document.batches.map(({ archive }) => archive?.name)).toEqual(await archivesOf('source', 'exporting'));
    expect(await archivesOf('target', 'exporting')).toEqual([]);
  });

  it('while it copies leaves neither an import run nor a staged block', async () => {
    const large = buildImage({ seed: 42, layerSizes: [40_000_000] });
    await start('copying', 1, large);
    await cloud.until('copying', ({ batches }) => batches.some(({ copy }) => copy !== null));
    await ask('copying', 'cancel');
    const document = await cloud.follow('copying');
    // The copy may have been quicker than the call; then the import has begun and ends.
    expect(document).toMatchObject({ state: 'Canceled', counts: { total: 1, Failed: 0 } });
    expect(await runsOf('target', 'copying')).toHaveLength(document.counts.Transferred);
    const archive = document.batches[0]?.archive?.name ?? '';
    expect(await cloud.container('target').stagedBlocks(archive)).toEqual([]);
  });

  it.concurrent('while it imports counts what arrives as Transferred', async () => {
    await start('importing', 52);
    await cloud.until('importing', importing);
    await ask('importing', 'cancel');
    const document = await cloud.follow('importing');
    expect(document).toMatchObject({ state: 'Canceled', counts: { total: 52, Transferred: 50, Canceled: 2 } });
    expect(await runsOf('target', 'importing')).toEqual(['Succeeded']);
  });

  it('that has ended, or does not exist, is refused', async () => {
    for (const action of ['cancel', 'pause', 'resume']) {
      const ended = await ask('importing', action);
      expect(ended.status).toBe(409);
      expect(ended.body.type).toBe('urn:acr-transfer:problem:TRANSFER_ENDED');
      expect((await ask('nothing', action)).status).toBe(404);
    }
  });
});

describe('pausing a transfer', () => {
  it.concurrent('lets the running step end, begins no other, and goes on where it was', async () => {
    await start('held', 52);
    expect((await ask('held', 'resume')).body.type).toBe('urn:acr-transfer:problem:TRANSFER_NOT_PAUSED');
    await cloud.until('held', exporting);
    const paused = await ask('held', 'pause');
    expect(paused.status).toBe(202);
    expect(paused.body.state).toBe('Paused');
    const isExported = ({ batches }: TransferDocument) =>
      batches[0]?.export !== null && isSucceeded(batches[0]?.export);
    await cloud.until('held', isExported);
    while ((await cloud.instanceStatus('pause:held:held-b0001-a01.tar-Copy:1')) === undefined) await sleep(20);
    const document = await cloud.until('held', () => true);
    expect(document).toMatchObject({ state: 'Paused', batches: [{ path: 'b0001', copy: null, import: null }] });
    expect((await ask('held', 'resume')).status).toBe(202);
    expect(await cloud.follow('held')).toMatchObject({ state: 'Succeeded', counts: { Transferred: 52 } });
    expect(await runsOf('source', 'held')).toEqual(['Succeeded', 'Succeeded']);
  });

  it.concurrent('and canceling it then ends it', async () => {
    await start('dropped');
    await ask('dropped', 'pause');
    while ((await cloud.call('/transfers/dropped')).body.state !== 'Paused') await sleep(20);
    await ask('dropped', 'cancel');
    expect((await ask('dropped', 'pause')).body.type).toMatch(/TRANSFER_(CANCELING|ENDED)$/);
    expect(await cloud.follow('dropped')).toMatchObject({ state: 'Canceled', counts: { Canceled: 1 } });
  });
});

function isSucceeded(run: unknown): boolean {
  return (run as { status?: string } | null | undefined)?.status === 'Succeeded';
}
