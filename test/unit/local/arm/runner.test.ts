import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Behavior } from '../../../../local/arm/behavior.ts';
import { ResourceStore } from '../../../../local/arm/resource-store.ts';
import type { RunRecord } from '../../../../local/arm/run-model.ts';
import { Runner } from '../../../../local/arm/runner.ts';

const RUN: RunRecord = {
  key: 'source.srcregistry.run01',
  createdAtMs: 1,
  id: '/run01',
  name: 'run01',
  request: { pipelineResourceId: '/exportPipelines/one', artifacts: ['a:v1'], blobName: 'blob' },
  pipeline: {
    type: 'exportPipelines',
    endpoint: { type: 'AzureStorageBlobContainer', uri: 'https://x/y', storageAccessMode: 'ManagedIdentity' },
    options: [],
  },
  operationId: 'pipelineruns-1',
  state: { status: 'Running', startTimeMs: 1, percentage: 0 },
  systemData: {
    createdBy: '',
    createdByType: '',
    createdAt: '',
    lastModifiedBy: '',
    lastModifiedByType: '',
    lastModifiedAt: '',
  },
};

const behavior = new Behavior();
let dir: string;
let store: ResourceStore<RunRecord>;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'runner-'));
  store = await ResourceStore.open(dir);
  await store.put(RUN);
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('Runner', () => {
  it('never shows a running run as 100 percent done', async () => {
    let finish = () => {};
    const execute = (_run: RunRecord, _signal: AbortSignal, onProgress: (fraction: number) => void) => {
      onProgress(1);
      return new Promise<object>((resolve) => {
        finish = () => resolve({});
      });
    };
    const runner = new Runner({ store, behavior, execute });
    runner.start(RUN);
    expect(runner.percentageOf(RUN)).toBe(99);
    finish();
    await runner.settled();
    expect(store.get(RUN.key)?.state).toMatchObject({ status: 'Succeeded', percentage: 100 });
  });

  it('keeps a run waiting for its minimum before it does anything', async () => {
    const execute = jest.fn(async () => ({}));
    const runner = new Runner({ store, behavior, execute, minimumRunMs: 3_600_000 });
    runner.start(RUN);
    expect(runner.percentageOf(RUN)).toBe(0);
    await runner.stop();
    expect(execute).not.toHaveBeenCalled();
    expect(store.get(RUN.key)?.state.status).toBe('Running');
  });

  it('leaves a stopped run running, on disk too, whatever its execution does at the end', async () => {
    const execute = (_run: RunRecord, signal: AbortSignal) =>
      new Promise<object>((resolve) => signal.addEventListener('abort', () => resolve({ catalogDigest: 'late' })));
    const runner = new Runner({ store, behavior, execute });
    runner.start(RUN);
    await runner.stop();
    const reopened = await ResourceStore.open<RunRecord>(dir);
    expect(reopened.get(RUN.key)).toEqual(RUN);
  });

  it('does not start a run that was deleted meanwhile, nor anything after a stop', async () => {
    const started: string[] = [];
    const runner = new Runner({
      store,
      behavior,
      execute: async ({ name }) => ({ message: String(started.push(name)) }),
    });
    await store.delete(RUN.key);
    runner.start(RUN);
    await store.put(RUN);
    await runner.stop();
    runner.start(RUN);
    await runner.settled();
    expect(started).toEqual([]);
  });
});
