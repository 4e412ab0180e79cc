import { formatRunName } from '../../src/domain/names.ts';
import { batchOrchestrator } from '../../src/orchestrators/batch.ts';
import { answers, BUSY, ok, refused } from './answers.ts';
import { type Call, namesOf, run, type Stepper } from './stepper.ts';

const BATCH = { transfer: 'abc', path: 'b0001' };
const RETRY = { attempts: 3, firstDelaySeconds: 30, factor: 2, maxDelaySeconds: 600, jitter: 0 };
const SETTINGS = { stopped: false, runTimeoutMs: 60_000, retry: RETRY, continueOnErrors: true, maxSplitRuns: 40 };
const BEGUN = ok(SETTINGS);
const EXPORTED = ok({ catalogDigest: 'sha256:c' });
const IMPORTED = ok({ catalogDigest: null });

/** Answers export and import runs from a list each. */
function table(exports: unknown[], imports: unknown[], more: Record<string, unknown> = {}) {
  const next = { export: exports.values(), import: imports.values() };
  return answers({
    beginBatch: BEGUN,
    pipelineRun: (call: Call) => next[directionOf(call)].next().value,
    copyArchive: ok(null),
    recordAttempt: ok(null),
    settleBatch: ok({ open: 0, arrived: 3, failed: 0, stopped: false }),
    ...more,
  });
}

function directionOf(call: Call): 'export' | 'import' {
  return (call.input as { direction: 'export' | 'import' }).direction;
}

function runsOf(stepper: Stepper, direction: 'export' | 'import') {
  return stepper.calls.filter((call) => call.name === 'pipelineRun' && directionOf(call) === direction);
}

function inputsOf(stepper: Stepper, name: string): unknown[] {
  return stepper.calls.filter((call) => call.name === name).map(({ input }) => input);
}

function runName(direction: 'export' | 'import', attempt: number): string {
  return formatRunName(direction, { id: 'abc', path: 'b0001', attempt });
}

describe('batchOrchestrator', () => {
  it('exports, copies, imports and settles, in this order', () => {
    const stepper = run(batchOrchestrator, BATCH, table([EXPORTED], [IMPORTED]));
    expect(namesOf(stepper)).toEqual(['beginBatch', 'pipelineRun', 'copyArchive', 'pipelineRun', 'settleBatch']);
    expect(stepper.output).toEqual({ stopped: false });
    expect(inputsOf(stepper, 'settleBatch')).toEqual([{ ...BATCH, failed: null, when: 'After' }]);
  });

  it('gives its children what their work derives from, and names derived from that', () => {
    const stepper = run(batchOrchestrator, BATCH, table([EXPORTED], [IMPORTED]));
    const children = stepper.calls.filter(({ kind }) => kind === 'child');
    const archive = 'abc-b0001-a01.tar';
    const request = { owner: { kind: 'batch', ...BATCH }, key: { id: 'abc', path: 'b0001', attempt: 1 }, archive };
    expect(children.map(({ input }) => input)).toEqual([
      { ...request, direction: 'export', catalogDigest: null, timeoutMs: 60_000 },
      { ...BATCH, archive },
      { ...request, direction: 'import', catalogDigest: 'sha256:c', timeoutMs: 60_000 },
    ]);
    expect(children.map(({ instanceId }) => instanceId)).toEqual([
      `run:${runName('export', 1)}`,
      `copy:${archive}`,
      `run:${runName('import', 1)}`,
    ]);
  });

  it('does nothing when the transfer was stopped before it began', () => {
    const stopped = ok({ ...SETTINGS, stopped: true });
    const stepper = run(batchOrchestrator, BATCH, table([], [], { beginBatch: stopped }));
    expect(namesOf(stepper)).toEqual(['beginBatch']);
    expect(stepper.output).toEqual({ stopped: true });
  });

  it('says that the transfer has to stop when settling says so', () => {
    const settled = ok({ open: 0, arrived: 0, failed: 1, stopped: true });
    const stepper = run(batchOrchestrator, BATCH, table([EXPORTED], [IMPORTED], { settleBatch: settled }));
    expect(stepper.output).toEqual({ stopped: true });
  });

  it('records a transient failure of the export, waits, and exports anew: another run, another archive', () => {
    const stepper = run(batchOrchestrator, BATCH, table([BUSY, EXPORTED], [IMPORTED]));
    expect(namesOf(stepper).slice(1, 5)).toEqual(['pipelineRun', 'recordAttempt', 'timer', 'pipelineRun']);
    expect(stepper.calls.find(({ name }) => name === 'timer')?.delayMs).toBe(30_000);
    expect(inputsOf(stepper, 'recordAttempt')).toEqual([
      {
        ...BATCH,
        step: 'Export',
        run: runName('export', 1),
        failure: { class: 'transient', code: 'ServerBusy', message: 'Busy.' },
      },
    ]);
    const [first, second] = runsOf(stepper, 'export');
    expect(first?.instanceId).toBe(`run:${runName('export', 1)}`);
    expect(second?.instanceId).toBe(`run:${runName('export', 2)}`);
    expect(second?.input).toMatchObject({ archive: 'abc-b0001-a02.tar', key: { attempt: 2 } });
  });

  it('copies and imports the archive of the export that succeeded', () => {
    const stepper = run(batchOrchestrator, BATCH, table([BUSY, EXPORTED], [IMPORTED]));
    expect(inputsOf(stepper, 'copyArchive')).toEqual([{ ...BATCH, archive: 'abc-b0001-a02.tar' }]);
    expect(runsOf(stepper, 'import').map(({ input }) => input)).toMatchObject([
      { archive: 'abc-b0001-a02.tar', key: { attempt: 1 } },
    ]);
  });

  it("keeps the export's archive and catalogDigest through all attempts to import", () => {
    const stepper = run(batchOrchestrator, BATCH, table([BUSY, EXPORTED], [BUSY, BUSY, IMPORTED]));
    const imports = runsOf(stepper, 'import');
    expect(imports.map(({ input }) => input)).toMatchObject(
      [1, 2, 3].map((attempt) => ({
        archive: 'abc-b0001-a02.tar',
        catalogDigest: 'sha256:c',
        key: { id: 'abc', path: 'b0001', attempt },
      })),
    );
    expect(imports.map(({ instanceId }) => instanceId)).toEqual([1, 2, 3].map((n) => `run:${runName('import', n)}`));
    expect(runsOf(stepper, 'export')).toHaveLength(2);
  });

  it('tries a copy again under another instance, without a new export', () => {
    const stepper = run(batchOrchestrator, BATCH, table([EXPORTED], [IMPORTED], { copyArchive: [BUSY, ok(null)] }));
    const copies = stepper.calls.filter(({ name }) => name === 'copyArchive');
    expect(copies.map(({ input }) => input)).toEqual([1, 2].map(() => ({ ...BATCH, archive: 'abc-b0001-a01.tar' })));
    expect(new Set(copies.map(({ instanceId }) => instanceId)).size).toBe(2);
    expect(inputsOf(stepper, 'recordAttempt')).toMatchObject([{ step: 'Copy', run: null }]);
    expect(runsOf(stepper, 'export')).toHaveLength(1);
  });

  it.each<[string, unknown[], unknown[], Record<string, unknown>, string | null]>([
    ['Export', [refused()], [], {}, runName('export', 1)],
    ['Copy', [EXPORTED], [], { copyArchive: refused() }, null],
    ['Import', [EXPORTED], [refused()], {}, runName('import', 1)],
  ])('goes no further after a permanent failure of %s, and settles with it', (step, exports, imports, more, name) => {
    const stepper = run(batchOrchestrator, BATCH, table(exports, imports, more));
    expect(namesOf(stepper)).not.toContain('timer');
    expect(inputsOf(stepper, 'settleBatch')).toEqual([
      {
        ...BATCH,
        failed: { step, run: name, failure: { class: 'service', code: 'BROKEN', message: 'It broke.' } },
        when: 'After',
      },
    ]);
  });

  it('gives a step up when its attempts are used up, and settles with the last', () => {
    const stepper = run(batchOrchestrator, BATCH, table([BUSY, BUSY, BUSY], []));
    expect(runsOf(stepper, 'export')).toHaveLength(RETRY.attempts);
    expect(inputsOf(stepper, 'recordAttempt')).toHaveLength(2);
    expect(inputsOf(stepper, 'settleBatch')).toMatchObject([{ failed: { step: 'Export', run: runName('export', 3) } }]);
  });

  it('never makes a run name past what the name has digits for', () => {
    const begun = ok({ ...SETTINGS, retry: { ...RETRY, attempts: 1000 } });
    const stepper = run(batchOrchestrator, BATCH, table(Array(200).fill(BUSY), [], { beginBatch: begun }));
    expect(stepper.error).toBeUndefined();
    expect(runsOf(stepper, 'export')).toHaveLength(99);
  });

  it('makes a child that throws a failure of its step', () => {
    const thrown = () => {
      throw new Error('lost');
    };
    const stepper = run(batchOrchestrator, BATCH, table([], [], { pipelineRun: thrown }));
    expect(inputsOf(stepper, 'settleBatch')).toMatchObject([
      {
        failed: { step: 'Export', failure: { code: 'ORCHESTRATOR_FAILED', message: expect.stringContaining('lost') } },
      },
    ]);
  });

  it('goes on when an attempt cannot be recorded', () => {
    const stepper = run(batchOrchestrator, BATCH, table([BUSY, EXPORTED], [IMPORTED], { recordAttempt: refused() }));
    expect(stepper.output).toEqual({ stopped: false });
  });

  it.each([
    ['beginBatch', 'Export'],
    ['settleBatch', 'Verify'],
  ])('is given up, with the reason in its record, when %s fails for good', (name, step) => {
    const failBatch = ok({ stopped: true });
    const stepper = run(batchOrchestrator, BATCH, table([EXPORTED], [IMPORTED], { [name]: refused(), failBatch }));
    const reason = { step, run: null, failure: { class: 'service', code: 'BROKEN', message: 'It broke.' } };
    expect(inputsOf(stepper, 'failBatch')).toEqual([{ ...BATCH, part: 'b0001', failed: null, reason }]);
    expect(stepper.output).toEqual({ stopped: true });
  });

  it('keeps what had ended the run when it is given up after that', () => {
    const more = { settleBatch: refused(), failBatch: ok({ stopped: false }) };
    const stepper = run(batchOrchestrator, BATCH, table([refused({ code: 'RUN_FAILED' })], [], more));
    expect(inputsOf(stepper, 'failBatch')).toMatchObject([
      { failed: { step: 'Export', failure: { code: 'RUN_FAILED' } } },
    ]);
  });

  it('throws, naming the batch, when not even that can be recorded', () => {
    const more = { settleBatch: refused(), failBatch: refused({ code: 'OTHER' }) };
    const stepper = run(batchOrchestrator, BATCH, table([EXPORTED], [IMPORTED], more));
    expect(stepper.error?.message).toBe('batch b0001: BROKEN: It broke.');
  });

  describe('whose run fails and nobody knows why', () => {
    const FAILED = refused({ code: 'RUN_FAILED', message: 'It failed.' });
    const counts = (open: number, arrived = 0, failed = 0) => ok({ open, arrived, failed, stopped: false });

    it('is tried again as a new attempt, after the delay of the policy', () => {
      const settled = { settleBatch: [counts(4), counts(4), counts(0, 4)] };
      const stepper = run(batchOrchestrator, BATCH, table([FAILED, EXPORTED], [IMPORTED], settled));
      expect(namesOf(stepper)).toEqual([
        ...['beginBatch', 'pipelineRun', 'settleBatch', 'recordAttempt', 'timer'],
        ...['beginBatch', 'settleBatch', 'pipelineRun', 'copyArchive', 'pipelineRun', 'settleBatch'],
      ]);
      expect(stepper.calls.find(({ delayMs }) => delayMs !== undefined)?.delayMs).toBe(30_000);
      expect(inputsOf(stepper, 'settleBatch')).toMatchObject([
        { when: 'After' },
        { when: 'Before' },
        { when: 'After' },
      ]);
      expect(runsOf(stepper, 'export')[1]?.instanceId).toBe(`run:${runName('export', 2)}`);
    });

    it('exports again under new names when it was the import, whose attempts count on', () => {
      const settled = { settleBatch: [counts(4), counts(4), counts(0, 4)] };
      const stepper = run(batchOrchestrator, BATCH, table([EXPORTED, EXPORTED], [BUSY, FAILED, IMPORTED], settled));
      expect(runsOf(stepper, 'import').map(({ input }) => input)).toMatchObject([
        { archive: 'abc-b0001-a01.tar', key: { attempt: 1 } },
        { archive: 'abc-b0001-a01.tar', key: { attempt: 2 } },
        { archive: 'abc-b0001-a02.tar', key: { attempt: 3 } },
      ]);
    });

    it('looks for what arrived meanwhile, and exports nothing when it was all', () => {
      const settled = { settleBatch: [counts(4), counts(0, 4)] };
      const stepper = run(batchOrchestrator, BATCH, table([FAILED], [], settled));
      expect(runsOf(stepper, 'export')).toHaveLength(1);
      expect(stepper.output).toEqual({ stopped: false });
    });

    it('goes on in halves, each with paths, runs and archives of its own', () => {
      const settled = {
        settleBatch: [counts(4), counts(4), counts(4), counts(2), counts(0, 2), counts(2), counts(0, 2)],
      };
      const exports = [FAILED, FAILED, EXPORTED, EXPORTED];
      const more = { ...settled, splitBatch: ok(null) };
      const stepper = run(batchOrchestrator, BATCH, table(exports, [IMPORTED, IMPORTED], more));
      expect(inputsOf(stepper, 'splitBatch')).toEqual([{ ...BATCH, division: 'Halves' }]);
      const keys = ['b0001', 'b0001', 'b0001l', 'b0001r'].map((path, index) => ({
        path,
        attempt: index === 1 ? 2 : 1,
      }));
      expect(runsOf(stepper, 'export').map(({ input }) => input)).toMatchObject(keys.map((key) => ({ key })));
      expect(runsOf(stepper, 'import').map(({ input }) => input)).toMatchObject([
        { archive: 'abc-b0001l-a01.tar', owner: { path: 'b0001l' } },
        { archive: 'abc-b0001r-a01.tar', owner: { path: 'b0001r' } },
      ]);
      const ids = stepper.calls.flatMap(({ instanceId }) => instanceId ?? []);
      expect(new Set(ids).size).toBe(ids.length);
    });

    it('starts no further part once the transfer is stopped', () => {
      const begins = [BEGUN, BEGUN, BEGUN, ok({ ...SETTINGS, stopped: true })];
      const more = { beginBatch: begins, settleBatch: counts(4), splitBatch: ok(null) };
      const stepper = run(batchOrchestrator, BATCH, table([FAILED, FAILED, FAILED], [], more));
      expect(runsOf(stepper, 'export')).toHaveLength(3);
      expect(stepper.output).toEqual({ stopped: true });
    });

    it('is settled for the last time at once where the transfer does not continue on errors', () => {
      const begun = ok({ ...SETTINGS, continueOnErrors: false });
      const more = { beginBatch: begun, settleBatch: ok({ open: 0, arrived: 0, failed: 4, stopped: true }) };
      const stepper = run(batchOrchestrator, BATCH, table([FAILED], [], more));
      expect(inputsOf(stepper, 'settleBatch')).toMatchObject([{ when: 'Last', failed: { run: runName('export', 1) } }]);
      expect(stepper.output).toEqual({ stopped: true });
    });

    it('has had its retry when its names are used up', () => {
      const begun = ok({ ...SETTINGS, retry: { ...RETRY, attempts: 99 } });
      const exports = [...Array(98).fill(BUSY), FAILED];
      const more = { beginBatch: begun, settleBatch: [counts(1), counts(0, 0, 1)] };
      const stepper = run(batchOrchestrator, BATCH, table(exports, [], more));
      expect(stepper.error).toBeUndefined();
      expect(inputsOf(stepper, 'settleBatch')).toMatchObject([{ when: 'After' }, { when: 'Last' }]);
    });

    it('is given up when it cannot be divided', () => {
      const more = { settleBatch: counts(4), splitBatch: refused(), failBatch: ok({ stopped: false }) };
      const stepper = run(batchOrchestrator, BATCH, table([FAILED, FAILED], [], more));
      expect(inputsOf(stepper, 'failBatch')).toMatchObject([
        { part: 'b0001', reason: { failure: { code: 'BROKEN' } } },
      ]);
      expect(stepper.output).toEqual({ stopped: false });
    });
  });
});
