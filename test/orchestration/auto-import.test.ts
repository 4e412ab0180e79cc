import { formatRunName } from '../../src/domain/names.ts';
import { autoImportOrchestrator } from '../../src/orchestrators/auto-import.ts';
import { answers, ok, refused } from './answers.ts';
import { namesOf, run } from './stepper.ts';

const INPUT = { importId: '0f' };
const RETRY = { attempts: 3, firstDelaySeconds: 30, factor: 2, maxDelaySeconds: 600, jitter: 0 };
const runOf = (attempt: number) => formatRunName('import', { id: '0f', path: 'blob', attempt });
const BEGUN = { route: 'a', archive: 'nightly.tar', attempt: 1, runTimeoutMs: 60_000, retry: RETRY };
const TABLE = {
  beginImport: ok(BEGUN),
  lookAtImport: [ok({ step: 'Claim' }), ok({ step: 'Import' })],
  claimBlob: ok({ claimed: true }),
  pipelineRun: ok({ catalogDigest: null }),
  findOtherRuns: ok({ runs: [] }),
  verifyImport: ok(null),
  endImport: ok({ state: 'Succeeded', reason: null }),
};
const play = (given: Parameters<typeof answers>[0] = {}) =>
  run(autoImportOrchestrator, INPUT, answers({ ...TABLE, ...given }));
const endOf = (stepper: ReturnType<typeof play>) =>
  stepper.calls.find(({ name }) => name === 'endImport')?.input as { end: unknown };

describe('autoImportOrchestrator', () => {
  it('claims the blob, looks again, runs, verifies and ends', () => {
    const stepper = play();
    const looked = ['beginImport', 'lookAtImport', 'claimBlob', 'lookAtImport'];
    expect(namesOf(stepper)).toEqual([...looked, 'pipelineRun', 'findOtherRuns', 'verifyImport', 'endImport']);
    expect(stepper.calls[4]).toMatchObject({
      instanceId: `run:${runOf(1)}`,
      input: {
        owner: { kind: 'import', importId: '0f', route: 'a' },
        direction: 'import',
        key: { id: '0f', path: 'blob', attempt: 1 },
        archive: 'nightly.tar',
        timeoutMs: 60_000,
      },
    });
    expect(endOf(stepper)).toEqual({ importId: '0f', end: { kind: 'Ran', failure: null } });
    expect(stepper.output).toEqual({ state: 'Succeeded' });
  });

  it('looks again when the claim came to nothing', () => {
    const lookAtImport = [ok({ step: 'Claim' }), ok({ step: 'Follow', run: 'a_b' })];
    const stepper = play({ lookAtImport, claimBlob: ok({ claimed: false }) });
    expect(stepper.calls[4]).toMatchObject({ instanceId: 'follow:0f:a_b', input: { run: 'a_b' } });
  });

  it('imports what it has claimed when the run of the service that it follows fails', () => {
    const service = { step: 'Follow', run: 'a_b', elseImport: true };
    const lookAtImport = [ok({ step: 'Claim' }), ok(service)];
    const failed = refused({ class: 'service', code: 'RUN_FAILED' });
    const stepper = play({ lookAtImport, pipelineRun: [failed, ok({ catalogDigest: null })] });
    expect(stepper.calls.slice(4, 6)).toMatchObject([
      { instanceId: 'follow:0f:a_b', input: { run: 'a_b' } },
      { instanceId: `run:${runOf(1)}` },
    ]);
    expect(endOf(stepper)).toMatchObject({ end: { kind: 'Ran', failure: null } });
    const unclaimed = play({ lookAtImport: ok({ step: 'Follow', run: 'a_b' }), pipelineRun: failed });
    expect(namesOf(unclaimed).filter((name) => name === 'pipelineRun')).toHaveLength(1);
  });

  it('waits by timers and starts anew when it has looked often, so that its history stays short', () => {
    const stepper = play({ lookAtImport: ok({ step: 'Wait', delayMs: 5000, reason: 'x' }) });
    expect(stepper.continuedWith).toEqual(INPUT);
    expect(stepper.calls.filter(({ kind }) => kind === 'timer').map(({ delayMs }) => delayMs)).toEqual(
      Array(40).fill(5000),
    );
    expect(namesOf(stepper)).not.toContain('endImport');
  });

  it.each([
    [
      { step: 'Ignore', reason: 'Disabled.' },
      { kind: 'Ignored', reason: 'Disabled.' },
    ],
    [
      { step: 'Fail', failure: { code: 'X' } },
      { kind: 'Failed', failure: { code: 'X' } },
    ],
  ])('starts no run after %j', (step, end) => {
    const stepper = play({ lookAtImport: ok(step) });
    expect(namesOf(stepper)).toEqual(['beginImport', 'lookAtImport', 'endImport']);
    expect(endOf(stepper)).toMatchObject({ end });
  });

  it('does nothing for an import that has ended', () => {
    const stepper = play({ beginImport: ok(null) });
    expect(namesOf(stepper)).toEqual(['beginImport']);
    expect(stepper.output).toEqual({ state: 'AlreadyEnded' });
  });

  it('tries a run again as the route says, under another name', () => {
    const busy = refused({ class: 'transient', code: 'ServerBusy' });
    const stepper = play({ pipelineRun: [busy, busy, busy] });
    const runs = stepper.calls.filter(({ name }) => name === 'pipelineRun');
    expect(runs.map(({ instanceId }) => instanceId)).toEqual([1, 2, 3].map((attempt) => `run:${runOf(attempt)}`));
    expect(stepper.calls.filter(({ kind }) => kind === 'timer').map(({ delayMs }) => delayMs)).toEqual([
      30_000, 60_000,
    ]);
    expect(endOf(stepper)).toMatchObject({ end: { kind: 'Ran', failure: { code: 'ServerBusy' } } });
  });

  it('keeps each try that it repeats, but not the last, where it began with a version that does', () => {
    const busy = refused({ class: 'transient', code: 'ServerBusy' });
    const kept = (more: object) =>
      play({ beginImport: ok({ ...BEGUN, ...more }), pipelineRun: [busy, busy, busy], recordImportRetry: refused() })
        .calls.filter(({ name }) => name === 'recordImportRetry')
        .map(({ input }) => (input as { run: string }).run);
    expect(kept({ keepsRetries: true })).toEqual([runOf(1), runOf(2)]);
    expect(kept({})).toEqual([]);
  });

  it('replaces a SAS token that a run failed for, once, and runs again', () => {
    const expired = refused({ class: 'access', code: 'SAS_EXPIRED', side: 'target' });
    const stepper = play({
      pipelineRun: expired,
      inspectSas: ok({ decision: { state: 'Broken', code: 'SAS_EXPIRED', reason: 'x' }, newestVersion: '1' }),
      publishSas: ok({ published: true, expiresAt: '2026-02-01T00:00:00Z' }),
    });
    expect(namesOf(stepper).filter((name) => name === 'pipelineRun')).toHaveLength(2);
    expect(endOf(stepper)).toMatchObject({ end: { failure: { class: 'access', code: 'SAS_EXPIRED' } } });
  });

  it('has the webhook told of an end that its route wants to hear of, and does not wait for it', () => {
    const ended = ok({ state: 'Failed', reason: null, notify: 2 });
    const stepper = play({ endImport: ended, startNotification: refused() });
    expect(namesOf(stepper).at(-1)).toBe('startNotification');
    expect(stepper.calls.at(-1)?.input).toEqual({ kind: 'import', id: '0f', end: 2 });
    expect(stepper.output).toEqual({ state: 'Failed' });
  });

  it('follows the runs of the service that came in between; one that brought it all makes up for its own', () => {
    const stepper = play({
      pipelineRun: [refused(), ok({ catalogDigest: null })],
      findOtherRuns: ok({ runs: ['a_b'] }),
    });
    expect(stepper.calls.filter(({ name }) => name === 'pipelineRun')[1]?.instanceId).toBe('follow:0f:a_b');
    expect(endOf(stepper)).toMatchObject({ end: { kind: 'Ran', failure: null } });
  });

  it('outlasts an outage of what it looks at, and fails loudly when no end can be written', () => {
    const busy = refused({ class: 'transient', code: 'ServerBusy' });
    const stepper = play({ lookAtImport: [...Array(9).fill(busy), ok({ step: 'Import' })] });
    expect(stepper.output).toEqual({ state: 'Succeeded' });
    expect(play({ endImport: refused() }).error?.message).toContain('end of import 0f');
  });
});
