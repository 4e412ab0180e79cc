import { SpanStatusCode } from '@opentelemetry/api';
import { type BatchRecord, newBatchRecord, type RunView } from '../../../src/domain/batch/batch-record.ts';
import { summarize } from '../../../src/domain/transfer/transfer-summary.ts';
import { inActivitySpan } from '../../../src/telemetry/activity-span.ts';
import { traceBatch, traceTransfer } from '../../../src/telemetry/record-spans.ts';
import { reportOf } from '../../support/history-world.ts';
import { Telemetry } from '../../support/telemetry.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 12, minute)).toISOString();
const msAt = (minute: number) => Date.parse(at(minute));
const END = new Date(at(30));

function runView(run: string, from: number | null, to: number | null, more: Partial<RunView> = {}): RunView {
  const [startedAt, finishedAt] = [from, to].map((minute) => (minute === null ? null : at(minute)));
  const times = { startedAt: startedAt ?? null, finishedAt: finishedAt ?? null };
  return { run, status: 'Succeeded', percentage: 100, catalogDigest: null, error: null, ...times, ...more };
}

const DENIED = { class: 'access', code: 'DENIED', message: 'no', correlationId: null } as const;
const RECORD: BatchRecord = {
  ...newBatchRecord('b0001'),
  step: 'Done',
  archive: { name: 'abc-b0001-a02.tar', bytes: 10 },
  export: runView('e2', 5, 10),
  copy: { mode: 'server', bytesCopied: 10, bytesTotal: 10, startedAt: at(11), finishedAt: at(15) },
  import: runView('i1', 16, null, { status: 'Failed', error: { class: 'service', code: 'RUN_FAILED', message: 'no' } }),
  attempts: [{ step: 'Export', run: 'e1', at: at(2), ...DENIED }],
  outcomes: {
    'a:1': { outcome: 'Failed', attempt: null, verifiedDigest: null },
    'a:2': { outcome: 'Transferred', attempt: null, verifiedDigest: 'sha256:a' },
  },
};

describe('the spans of a record', () => {
  let told: Telemetry;
  beforeEach(() => {
    told = new Telemetry().start();
  });
  afterEach(() => told.stop());

  const find = (name: string) => told.spans.find((span) => span.name === name);

  it('are a batch with its runs and its copy inside, at the times of the record', () => {
    traceBatch('abc', RECORD, END);
    const batch = find('batch b0001');
    const times = told.spans.map(({ name, startMs, endMs }) => [name, startMs, endMs]);
    expect(times).toEqual([
      ['export run', msAt(5), msAt(10)],
      ['copy', msAt(11), msAt(15)],
      ['import run', msAt(16), msAt(30)],
      ['batch b0001', msAt(2), msAt(30)],
    ]);
    for (const name of ['export run', 'copy', 'import run']) expect(find(name)?.parentSpanId).toBe(batch?.spanId);
    expect(batch?.attributes).toMatchObject({
      'acr_transfer.artifacts.Failed': 1,
      'acr_transfer.artifacts.Transferred': 1,
    });
    expect(batch?.status).toEqual({ code: SpanStatusCode.ERROR });
    expect(find('import run')).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'error.type': 'RUN_FAILED' },
    });
    expect(find('export run')?.status).toBeUndefined();
  });

  it('have a failed try as an event at its time', () => {
    traceBatch('abc', RECORD, END);
    expect(find('batch b0001')?.events).toEqual([
      {
        name: 'retry',
        atMs: msAt(2),
        attributes: {
          'acr_transfer.step': 'Export',
          'acr_transfer.failure.class': 'access',
          'error.type': 'DENIED',
          'acr_transfer.run.name': 'e1',
        },
      },
    ]);
  });

  it('leave out what never began', () => {
    traceBatch(
      'abc',
      {
        ...newBatchRecord('b0002'),
        export: runView('e', null, null),
        copy: { mode: 'none', bytesCopied: 0, bytesTotal: 1 },
      },
      END,
    );
    expect(told.spans).toMatchObject([{ name: 'batch b0002', startMs: msAt(30), endMs: msAt(30), status: undefined }]);
  });

  it('are in one trace with the transfer and its activities', async () => {
    const report = reportOf('abc', 1, { state: 'CompletedWithErrors' });
    traceBatch('abc', RECORD, END);
    traceTransfer(summarize(report));
    await inActivitySpan('writeReport', { transfer: 'abc', error: null }, async () => ({ ok: true, value: null }));
    expect(new Set(told.spans.map(({ traceId }) => traceId)).size).toBe(1);
    const [batch, transfer, activity] = ['batch b0001', 'transfer public-to-china', 'activity writeReport'].map(find);
    expect(transfer?.parentSpanId).toBe(activity?.parentSpanId);
    expect(batch?.parentSpanId).toBe(activity?.parentSpanId);
    expect(transfer).toMatchObject({
      startMs: Date.parse(report.requestedAt),
      endMs: Date.parse(report.finishedAt ?? ''),
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'acr_transfer.state': 'CompletedWithErrors', 'acr_transfer.artifacts.Transferred': 1 },
    });
  });
});
