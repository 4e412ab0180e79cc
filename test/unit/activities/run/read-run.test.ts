import { readRun } from '../../../../src/activities/run/read-run.ts';
import type { Services } from '../../../../src/activities/services.ts';
import type { PipelineRun } from '../../../../src/azure/arm/pipelines.ts';
import type { Owner } from '../../../../src/domain/activities.ts';
import { newBatchRecord, type RunView } from '../../../../src/domain/batch/batch-record.ts';
import { TransferError } from '../../../../src/domain/errors.ts';
import { formatRunName } from '../../../../src/domain/names.ts';
import { routeSchema } from '../../../../src/domain/route/route.ts';
import { SAMPLE_ROUTE } from '../../domain/sample-route.ts';

const route = routeSchema.parse(SAMPLE_ROUTE);
const key = { id: 'transfer', path: 'b0001', attempt: 1 };
const run = formatRunName('import', key);
const running: PipelineRun = { id: run, name: run, properties: { response: { status: 'Running' } } };
const denied = new TransferError('no role', { class: 'access', code: 'AuthorizationFailed', side: 'target' });
const view: RunView = {
  run,
  status: 'Running',
  percentage: 10,
  startedAt: '2026-11-24T01:00:00Z',
  finishedAt: null,
  catalogDigest: null,
  error: null,
};
const OWNERS: Owner[] = [
  { kind: 'batch', transfer: 'transfer', path: 'b0001' },
  { kind: 'import', importId: 'transfer', route: route.name },
];

/** Reads answer one after the other; `shown` is the run's view in the record of its owner, `writes` how often it changed. */
function world(answers: (PipelineRun | Error)[], shown: RunView | null = view) {
  let batch = { ...newBatchRecord('b0001'), import: shown };
  let document = { runs: shown ? [shown] : [], by: 'app' };
  let writes = 0;
  const keep = <T>(found: T, changed: T): T => {
    if (changed !== found) writes += 1;
    return changed;
  };
  const services = {
    route: () => route,
    side: () => ({
      pipelines: {
        getRun: async () => {
          const answer = answers.shift();
          if (answer instanceof Error) throw answer;
          return answer && { run: answer };
        },
      },
    }),
    transfers: {
      readRequest: async () => ({ route: route.name }),
      updateBatch: async (_id: string, _path: string, change: (record: typeof batch) => typeof batch) => {
        batch = keep(batch, change(batch));
      },
    },
    imports: {
      update: async (_id: string, change: (record: typeof document) => typeof document) => {
        document = keep(document, change(document));
      },
    },
  } as unknown as Services;
  const errorOf = (owner: Owner) => (owner.kind === 'import' ? document.runs[0] : batch.import)?.error;
  return { services, errorOf, writes: () => writes };
}

function request(owner: Owner) {
  return { owner, direction: 'import', key, archive: 'a.tar', catalogDigest: null, operationUrl: null } as const;
}

describe.each(OWNERS)('a run that the app may not read, of $kind', (owner) => {
  it('is shown with the reason, once, until it can be read again', async () => {
    const { services, errorOf, writes } = world([denied, denied, running]);
    await expect(readRun(services, request(owner))).rejects.toBe(denied);
    expect(errorOf(owner)).toMatchObject({ class: 'access', code: 'AuthorizationFailed', side: 'target' });
    await expect(readRun(services, request(owner))).rejects.toBe(denied);
    expect(writes()).toBe(1);
    expect(await readRun(services, request(owner))).toMatchObject({ isFinal: false });
    expect(errorOf(owner)).toBeNull();
  });

  it('is not made up where it was never seen, and keeps its end', async () => {
    for (const shown of [null, { ...view, finishedAt: '2026-11-24T02:00:00Z' }, { ...view, run: 'another' }]) {
      const { services, writes } = world([denied], shown);
      await expect(readRun(services, request(owner))).rejects.toBe(denied);
      expect(writes()).toBe(0);
    }
  });

  it('is left as it was shown by an outage, which passes', async () => {
    const busy = new TransferError('busy', { class: 'transient', code: 'ServerBusy' });
    const { services, writes } = world([busy]);
    await expect(readRun(services, request(owner))).rejects.toBe(busy);
    expect(writes()).toBe(0);
  });
});

it('fails as it failed where the record cannot be written either', async () => {
  const { services } = world([denied]);
  services.transfers.updateBatch = async () => {
    throw new Error('the records are gone');
  };
  await expect(readRun(services, request({ kind: 'batch', transfer: 'transfer', path: 'b0001' }))).rejects.toBe(denied);
});
