import { type BatchRecord, newBatchRecord } from '../../../src/domain/batch/batch-record.ts';
import { assignBatches, type PlannedArtifact } from '../../../src/domain/plan/plan.ts';
import { type Control, NO_CONTROL } from '../../../src/domain/transfer/control.ts';
import {
  buildReport,
  buildTransferDocument,
  type TransferRecord,
} from '../../../src/domain/transfer/transfer-document.ts';

const AT = '2026-01-01T00:00:00Z';
const END = { finishedAt: '2026-01-01T01:00:00Z', error: null, stopped: false };
const CANCELED = { ...NO_CONTROL, cancel: { at: AT } };
const RUN = { run: 'e1', status: 'Succeeded', percentage: 100, startedAt: AT, finishedAt: AT };

function artifact(index: number): PlannedArtifact {
  const outcome = index === 119 ? ('AlreadyPresent' as const) : null;
  const open = { mediaType: null, bytes: 10, batch: null, failure: null };
  return { artifact: `a:${index}`, digest: `sha256:${index}`, outcome, ...open };
}

/** A transfer of 120 artifacts, the last of which the target has. */
function record(control: Control, batches: BatchRecord[] = []): TransferRecord {
  const artifacts = Array.from({ length: 120 }, (_, index) => artifact(index));
  const retry = { attempts: 3, firstDelaySeconds: 30, factor: 2, maxDelaySeconds: 600, jitter: 0 };
  const limits = { maxParallelBatches: 2, maxSplitRuns: 40, runTimeoutMinutes: 1 };
  const settings = { continueOnErrors: true, overwrite: false, ...limits, retry };
  const asked = { requestedBy: 'key', requestedAt: AT, correlationId: 'c-1', retryOf: null, options: {} };
  return {
    request: { id: 'abc', route: 'a', artifacts: artifacts.map((one) => one.artifact), ...asked },
    progress: { phase: 'Transferring', startedAt: AT },
    plan: { transfer: 'abc', route: 'a', plannedAt: AT, settings, ...assignBatches(artifacts) },
    batches,
    control,
  };
}

/** The first batch: its first artifact did not arrive before the transfer was canceled. */
function firstBatch(): BatchRecord {
  const names = Array.from({ length: 50 }, (_, index) => `a:${index}`);
  const outcomeOf = (name: string) => (name === 'a:0' ? ('Canceled' as const) : ('Transferred' as const));
  const outcomes = names.map((name) => [name, { outcome: outcomeOf(name), attempt: null, verifiedDigest: null }]);
  const run = { ...RUN, catalogDigest: null, error: null };
  return { ...newBatchRecord('b0001'), export: run, outcomes: Object.fromEntries(outcomes) };
}

describe('a transfer of which something was asked', () => {
  it('is Paused or Canceling until its report', () => {
    expect(buildTransferDocument(record({ ...NO_CONTROL, pause: { at: AT } })).state).toBe('Paused');
    expect(buildTransferDocument(record(CANCELED)).state).toBe('Canceling');
    expect(buildTransferDocument(record(NO_CONTROL)).state).toBe('Running');
  });

  it('ends as Canceled: what was never tried is Canceled, what became of the rest stays', () => {
    const report = buildReport(record(CANCELED, [firstBatch()]), END);
    expect(report.state).toBe('Canceled');
    expect(report.counts).toMatchObject({ total: 120, Transferred: 49, AlreadyPresent: 1, Canceled: 70, Skipped: 0 });
  });

  it('does not hide a batch that was tried and ended without outcomes', () => {
    const lost = { ...firstBatch(), outcomes: {} };
    expect(buildReport(record(CANCELED, [lost]), END).counts).toMatchObject({ Failed: 50, Canceled: 69 });
  });
});
