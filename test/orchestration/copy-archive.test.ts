import { planCopy } from '../../src/domain/plan/copy-plan.ts';
import { copyArchiveOrchestrator } from '../../src/orchestrators/copy-archive.ts';
import { answers, BUSY, ok, refused } from './answers.ts';
import { type Call, namesOf, run, type Stepper } from './stepper.ts';

const INPUT = { transfer: 'abc', path: 'b0001', archive: 'abc-b0001-a01.tar' };
const MIB = 1024 * 1024;
/** 40 blocks of 8 MiB: three slices. */
const SERVER = planCopy('server', 320 * MIB, '"e"');
const STREAM = planCopy('stream', 320 * MIB, '"e"');
const REFUSED = refused({ class: 'access', code: 'CannotVerifyCopySource' });

function planned(call: Call) {
  return ok((call.input as { mode: string }).mode === 'auto' ? SERVER : STREAM);
}

function slicesOf(stepper: Stepper): unknown[] {
  return stepper.calls
    .filter(({ name }) => name === 'copySlice')
    .map(({ input }) => {
      const { plan, slice } = input as { plan: { mode: string }; slice: number };
      return [plan.mode, slice];
    });
}

describe('copyArchiveOrchestrator', () => {
  it('begins, copies slice by slice and commits', () => {
    const stepper = run(
      copyArchiveOrchestrator,
      INPUT,
      answers({ beginCopy: planned, copySlice: ok(null), commitCopy: ok(null) }),
    );
    expect(namesOf(stepper)).toEqual(['beginCopy', 'copySlice', 'copySlice', 'copySlice', 'commitCopy']);
    expect(slicesOf(stepper)).toEqual([0, 1, 2].map((slice) => ['server', slice]));
    expect(stepper.calls[0]?.input).toEqual({ ...INPUT, mode: 'auto' });
    expect(stepper.calls.at(-1)?.input).toEqual({ ...INPUT, plan: SERVER });
    expect(stepper.output).toEqual(ok(null));
  });

  it('starts anew after 50 slices, and goes on with the next', () => {
    const large = planCopy('stream', 8 * MIB * 16 * 60, '"e"');
    const table = answers({ beginCopy: ok(large), copySlice: ok(null), commitCopy: ok(null) });
    const first = run(copyArchiveOrchestrator, INPUT, table);
    expect(slicesOf(first)).toHaveLength(50);
    expect(first.continuedWith).toEqual({ ...INPUT, resume: { plan: large, slice: 50 } });
    const second = run(copyArchiveOrchestrator, first.continuedWith, table);
    expect(slicesOf(second)).toEqual(Array.from({ length: 10 }, (_, index) => ['stream', 50 + index]));
    expect(namesOf(second).at(-1)).toBe('commitCopy');
    expect(second.output).toEqual(ok(null));
  });

  it('has nothing to do where the archive is there already', () => {
    const stepper = run(copyArchiveOrchestrator, INPUT, answers({ beginCopy: ok(null) }));
    expect(namesOf(stepper)).toEqual(['beginCopy']);
    expect(stepper.output).toEqual(ok(null));
  });

  it('begins anew, streamed, when the target refuses to read the source', () => {
    const copySlice = (call: Call) =>
      (call.input as { plan: { mode: string } }).plan.mode === 'server' ? REFUSED : ok(null);
    const stepper = run(
      copyArchiveOrchestrator,
      INPUT,
      answers({ beginCopy: planned, copySlice, commitCopy: ok(null) }),
    );
    expect(slicesOf(stepper)).toEqual([['server', 0], ...[0, 1, 2].map((slice) => ['stream', slice])]);
    expect(stepper.calls.filter(({ name }) => name === 'beginCopy').map(({ input }) => input)).toEqual([
      { ...INPUT, mode: 'auto' },
      { ...INPUT, mode: 'stream' },
    ]);
    expect(stepper.output).toEqual(ok(null));
  });

  it('begins anew only once', () => {
    const stepper = run(copyArchiveOrchestrator, INPUT, answers({ beginCopy: planned, copySlice: REFUSED }));
    expect(slicesOf(stepper)).toEqual([
      ['server', 0],
      ['stream', 0],
    ]);
    expect(stepper.output).toEqual(REFUSED);
  });

  it('does not stream what failed for another reason', () => {
    const failed = refused({ class: 'access', code: 'AuthorizationPermissionMismatch' });
    const stepper = run(copyArchiveOrchestrator, INPUT, answers({ beginCopy: planned, copySlice: [ok(null), failed] }));
    expect(slicesOf(stepper)).toHaveLength(2);
    expect(stepper.output).toEqual(failed);
  });

  it('tries a slice again that failed transiently, and only that one', () => {
    const stepper = run(
      copyArchiveOrchestrator,
      INPUT,
      answers({ beginCopy: planned, copySlice: [ok(null), BUSY, ok(null)], commitCopy: ok(null) }),
    );
    expect(slicesOf(stepper).map((one) => (one as unknown[])[1])).toEqual([0, 1, 1, 2]);
    expect(stepper.output).toEqual(ok(null));
  });

  it.each(['beginCopy', 'commitCopy'])('returns the failure of %s', (name) => {
    const failed = refused({ class: 'conflict', code: 'BLOB_EXISTS' });
    const table = { beginCopy: planned, copySlice: ok(null), commitCopy: ok(null), [name]: failed };
    expect(run(copyArchiveOrchestrator, INPUT, answers(table)).output).toEqual(failed);
  });
});
