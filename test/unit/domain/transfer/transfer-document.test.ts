import fc from 'fast-check';
import { type Attempt, type BatchRecord, newBatchRecord } from '../../../../src/domain/batch/batch-record.ts';
import type { Failure } from '../../../../src/domain/errors.ts';
import { OUTCOMES } from '../../../../src/domain/outcome.ts';
import { assignBatches, type Plan, type PlannedArtifact } from '../../../../src/domain/plan/plan.ts';
import type { RequestRecord } from '../../../../src/domain/transfer/request.ts';
import {
  buildReport,
  buildTransferDocument,
  type TransferEnd,
  type TransferRecord,
  toAttempt,
  transferDocumentSchema,
} from '../../../../src/domain/transfer/transfer-document.ts';

const AT = '2026-01-01T00:00:00Z';
const FAILURE: Failure = { class: 'service', code: 'RUN_FAILED', message: 'Run e1: no.', correlationId: 'c-9' };
const ATTEMPT: Attempt = {
  step: 'Export',
  run: 'e1',
  class: 'transient',
  code: 'X',
  message: 'm',
  correlationId: null,
  at: AT,
};
const RUN = {
  run: 'e1',
  status: 'Failed',
  percentage: null,
  startedAt: null,
  finishedAt: null,
  catalogDigest: null,
  error: null,
};
const END: TransferEnd = { finishedAt: '2026-01-01T01:00:00Z', error: null, stopped: false };

function request(artifacts: string[]): RequestRecord {
  const asked = { requestedBy: 'key', requestedAt: AT, correlationId: 'c-1', retryOf: null };
  return { id: 'abc', route: 'a', artifacts, options: { overwrite: true }, ...asked };
}

function planned(artifact: string, more: Partial<PlannedArtifact> = {}): PlannedArtifact {
  const open = { mediaType: null, bytes: 10, batch: null, outcome: null, failure: null };
  return { artifact, digest: `sha256:${artifact}`, ...open, ...more };
}

function plan(artifacts: PlannedArtifact[]): Plan {
  const retry = { attempts: 3, firstDelaySeconds: 30, factor: 2, maxDelaySeconds: 600, jitter: 0 };
  const settings = {
    continueOnErrors: true,
    overwrite: false,
    maxParallelBatches: 2,
    maxSplitRuns: 40,
    runTimeoutMinutes: 1,
    retry,
  };
  return { transfer: 'abc', route: 'a', plannedAt: AT, settings, ...assignBatches(artifacts) };
}

function record(parts: Partial<TransferRecord> & { artifacts: string[] }): TransferRecord {
  const { artifacts, ...rest } = parts;
  return { request: request(artifacts), progress: undefined, plan: undefined, batches: [], ...rest };
}

function batch(path: string, more: Partial<BatchRecord> = {}): BatchRecord {
  return { ...newBatchRecord(path), ...more };
}

function outcomesOf(document: { artifacts?: { artifact: string; outcome: string | null }[] | undefined }) {
  return Object.fromEntries((document.artifacts ?? []).map(({ artifact, outcome }) => [artifact, outcome]));
}

describe('buildTransferDocument', () => {
  it('is Accepted, with every artifact open, before anything has begun', () => {
    const document = buildTransferDocument(record({ artifacts: ['a:1', 'a:2'] }));
    expect(document).toMatchObject({ id: 'abc', state: 'Accepted', phase: null, startedAt: null, finishedAt: null });
    expect(document.counts).toMatchObject({ total: 2, Transferred: 0, Failed: 0 });
    expect(document.bytes).toEqual({ planned: null, moved: 0 });
    expect(outcomesOf(document)).toEqual({ 'a:1': null, 'a:2': null });
  });

  it('is Running in the phase that the record says', () => {
    const progress = { phase: 'Planning', startedAt: AT } as const;
    expect(buildTransferDocument(record({ artifacts: ['a:1'], progress }))).toMatchObject({
      state: 'Running',
      phase: 'Planning',
      startedAt: AT,
    });
  });

  it('counts only what moves as planned bytes, and what was copied as moved', () => {
    const artifacts = [
      planned('a:1', { bytes: 70 }),
      planned('a:2', { outcome: 'AlreadyPresent' }),
      planned('a:3', { bytes: null }),
    ];
    const batches = [batch('b0001', { copy: { mode: 'server', bytesCopied: 40, bytesTotal: 80 } })];
    const document = buildTransferDocument(
      record({ artifacts: ['a:1', 'a:2', 'a:3'], plan: plan(artifacts), batches }),
    );
    expect(document.bytes).toEqual({ planned: 70, moved: 40 });
  });

  it("puts the batch's failed tries before the artifact's own, and the outcome that its batch wrote", () => {
    const own = { ...ATTEMPT, step: 'Verify' as const, code: 'NOT_ARRIVED' };
    const outcomes = { 'a:1': { outcome: 'Failed' as const, attempt: own, verifiedDigest: null } };
    const batches = [batch('b0001', { attempts: [ATTEMPT], outcomes })];
    const document = buildTransferDocument(record({ artifacts: ['a:1'], plan: plan([planned('a:1')]), batches }));
    expect(document.artifacts?.[0]).toMatchObject({ outcome: 'Failed', batch: 'b0001', attempts: [ATTEMPT, own] });
  });

  it('shows an artifact in the part that settled it, with the failed tries of all parts it was in', () => {
    const failed = (run: string) => ({ outcome: null, attempt: { ...ATTEMPT, run }, verifiedDigest: null });
    const arrived = { outcome: 'Transferred' as const, attempt: null, verifiedDigest: 'sha256:a' };
    const retried = { ...ATTEMPT, run: 'e0' };
    const batches = [
      batch('b0001', { attempts: [retried], outcomes: { 'a:1': failed('e1'), 'a:2': failed('e0') } }),
      batch('b0001l', { artifacts: ['a:1'], outcomes: { 'a:1': failed('e2') } }),
      batch('b0001lx', { artifacts: ['a:1'], outcomes: { 'a:1': arrived } }),
    ];
    const held = plan([planned('a:1'), planned('a:2')]);
    const document = buildTransferDocument(record({ artifacts: ['a:1', 'a:2'], plan: held, batches }));
    expect(
      document.artifacts?.map(({ batch, outcome, attempts }) => [batch, outcome, attempts.map((a) => a.run)]),
    ).toEqual([
      ['b0001lx', 'Transferred', ['e0', 'e1', 'e2']],
      ['b0001', null, ['e0']],
    ]);
    expect(document.batches.map(({ path }) => path)).toEqual(['b0001', 'b0001l', 'b0001lx']);
  });

  it('tells as a failed try of resolving why an artifact could not be planned', () => {
    const artifacts = [planned('a:1', { outcome: 'Failed', failure: FAILURE })];
    const document = buildTransferDocument(record({ artifacts: ['a:1'], plan: plan(artifacts) }));
    expect(document.artifacts?.[0]?.attempts).toEqual([toAttempt('Resolve', FAILURE, null, AT)]);
  });

  it('shows batches without what is kept for each artifact', () => {
    const document = buildTransferDocument(
      record({ artifacts: ['a:1'], batches: [batch('b0001', { artifacts: ['a:1'] })] }),
    );
    expect(Object.keys(document.batches[0] ?? {}).sort()).toEqual([
      'archive',
      'attempt',
      'copy',
      'export',
      'handover',
      'import',
      'path',
      'receipt',
      'step',
    ]);
  });
});

describe('toAttempt', () => {
  it('keeps class, code, message and correlation id, and says null where there is none', () => {
    expect(toAttempt('Import', FAILURE, 'i1', AT)).toEqual({
      step: 'Import',
      run: 'i1',
      class: 'service',
      code: 'RUN_FAILED',
      message: 'Run e1: no.',
      correlationId: 'c-9',
      at: AT,
    });
    expect(toAttempt('Import', { ...FAILURE, correlationId: undefined }, null, AT).correlationId).toBeNull();
  });
});

describe('buildReport', () => {
  const arrived = { outcome: 'Transferred' as const, attempt: null, verifiedDigest: 'sha256:a' };

  it('is Succeeded when every artifact is in the target', () => {
    const artifacts = [planned('a:1'), planned('a:2', { outcome: 'AlreadyPresent' })];
    const batches = [batch('b0001', { export: RUN, outcomes: { 'a:1': arrived } })];
    const report = buildReport(record({ artifacts: ['a:1', 'a:2'], plan: plan(artifacts), batches }), END);
    expect(report).toMatchObject({ state: 'Succeeded', phase: null, finishedAt: END.finishedAt, error: null });
    expect(outcomesOf(report)).toEqual({ 'a:1': 'Transferred', 'a:2': 'AlreadyPresent' });
  });

  it('calls Skipped what was never tried because the transfer stopped', () => {
    const list = Array.from({ length: 51 }, (_, index) => `a:${index}`);
    const failed = { outcome: 'Failed' as const, attempt: ATTEMPT, verifiedDigest: null };
    const outcomes = Object.fromEntries(list.slice(0, 50).map((artifact) => [artifact, failed]));
    const batches = [batch('b0001', { export: RUN, outcomes })];
    const held = record({ artifacts: list, plan: plan(list.map((name) => planned(name, { bytes: null }))), batches });
    const report = buildReport(held, { ...END, stopped: true });
    expect(report.state).toBe('Failed');
    expect(report.counts).toMatchObject({ total: 51, Failed: 50, Skipped: 1 });
    expect(outcomesOf(report)['a:50']).toBe('Skipped');
  });

  it('calls Skipped what a batch had only been prepared for when the transfer stopped', () => {
    const held = record({ artifacts: ['a:1'], plan: plan([planned('a:1')]), batches: [batch('b0001')] });
    expect(outcomesOf(buildReport(held, { ...END, stopped: true }))).toEqual({ 'a:1': 'Skipped' });
  });

  it('calls Failed what a batch tried and left open, even when the transfer stopped', () => {
    for (const tried of [{ export: RUN }, { attempts: [ATTEMPT] }]) {
      const held = record({ artifacts: ['a:1'], plan: plan([planned('a:1')]), batches: [batch('b0001', tried)] });
      const report = buildReport(held, { ...END, stopped: true });
      expect(report.artifacts?.[0]?.outcome).toBe('Failed');
      expect(report.artifacts?.[0]?.attempts.at(-1)).toMatchObject({ step: 'Done', code: 'NOT_SETTLED' });
    }
  });

  it('calls Failed what nobody tried though nothing stopped the transfer', () => {
    const report = buildReport(record({ artifacts: ['a:1'], plan: plan([planned('a:1')]) }), END);
    expect(report.artifacts?.[0]).toMatchObject({ outcome: 'Failed', attempts: [{ code: 'NOT_SETTLED' }] });
  });

  it('is Failed, with the reason and all artifacts Skipped, when the transfer as a whole could not go on', () => {
    const report = buildReport(record({ artifacts: ['a:1', 'a:2'] }), { ...END, error: FAILURE });
    expect(report).toMatchObject({ state: 'Failed', error: FAILURE, counts: { total: 2, Skipped: 2 } });
  });

  it('keeps what had arrived before the transfer as a whole could not go on', () => {
    const batches = [batch('b0001', { export: RUN, outcomes: { 'a:1': arrived } })];
    const held = record({ artifacts: ['a:1'], plan: plan([planned('a:1')]), batches });
    const report = buildReport(held, { ...END, error: FAILURE });
    expect(report.state).toBe('Failed');
    expect(outcomesOf(report)).toEqual({ 'a:1': 'Transferred' });
  });

  it('is CompletedWithErrors when some arrived and nothing stopped the transfer', () => {
    const artifacts = [
      planned('a:1', { outcome: 'AlreadyPresent' }),
      planned('a:2', { outcome: 'Failed', failure: FAILURE }),
    ];
    const report = buildReport(record({ artifacts: ['a:1', 'a:2'], plan: plan(artifacts) }), END);
    expect(report.state).toBe('CompletedWithErrors');
  });

  it('has an outcome for every artifact, in the order of the request, whatever the record holds', () => {
    fc.assert(
      fc.property(records, ends, (held, end) => {
        const report = buildReport(held, end);
        expect(transferDocumentSchema.parse(report)).toEqual(report);
        expect(report.artifacts?.map(({ artifact }) => artifact)).toEqual(held.request.artifacts);
        expect(report.artifacts?.filter(({ outcome }) => outcome === null)).toEqual([]);
        const { total, ...counts } = report.counts;
        expect(total).toBe(held.request.artifacts.length);
        expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(total);
        const unexplained = report.artifacts?.filter(
          ({ outcome, attempts }) => outcome === 'Failed' && attempts.length === 0,
        );
        expect(unexplained).toEqual([]);
      }),
    );
  });
});

const ends: fc.Arbitrary<TransferEnd> = fc.record({
  finishedAt: fc.constant(END.finishedAt),
  error: fc.constantFrom(null, FAILURE),
  stopped: fc.boolean(),
});

const settled = fc.constantFrom(...OUTCOMES).map((outcome) => ({
  outcome,
  attempt: outcome === 'Failed' ? ATTEMPT : null,
  verifiedDigest: null,
}));

/** Records at any point of a transfer: unplanned, some batches missing, some artifacts settled. */
const records: fc.Arbitrary<TransferRecord> = fc
  .record({
    preset: fc.array(fc.constantFrom(null, null, null, 'AlreadyPresent' as const, 'Failed' as const), {
      maxLength: 120,
    }),
    isPlanned: fc.boolean(),
    settled: fc.array(fc.option(settled), { minLength: 120, maxLength: 120 }),
    batches: fc.array(fc.record({ isThere: fc.boolean(), exported: fc.boolean(), tried: fc.boolean() }), {
      minLength: 3,
      maxLength: 3,
    }),
  })
  .map(({ preset, isPlanned, settled, batches }) => {
    const list = preset.map((outcome, index) =>
      planned(`a:${index}`, { outcome, failure: outcome === 'Failed' ? FAILURE : null }),
    );
    const made = plan(list);
    const kept = batches.flatMap(({ isThere, exported, tried }, index) => {
      const path = `b000${index + 1}`;
      const own = made.artifacts.flatMap((artifact, place) => {
        const end = settled[place];
        return artifact.batch === path && end ? [[artifact.artifact, end] as const] : [];
      });
      const parts = {
        export: exported ? RUN : null,
        attempts: tried ? [ATTEMPT] : [],
        outcomes: Object.fromEntries(own),
      };
      return isThere ? [batch(path, parts)] : [];
    });
    const artifacts = list.map(({ artifact }) => artifact);
    return record({ artifacts, plan: isPlanned ? made : undefined, batches: isPlanned ? kept : [] });
  });
