import { rotateSasOrchestrator } from '../../src/orchestrators/rotate-sas.ts';
import { answers, BUSY, ok, refused } from './answers.ts';
import { namesOf, run } from './stepper.ts';

const TARGET = { route: 'a', side: 'source' };
const INPUT = { ...TARGET, force: false };
const PUBLISHED = ok({ published: true, expiresAt: '2026-01-07T00:00:00Z' });
const RETIRED = ok({ retired: 0, waiting: false });
const DUE = { state: 'Due', reason: 'soon', expiresAt: '2030-01-01T00:00:00Z' };

function judged(decision: object, newestVersion: string | null = 'v1') {
  return ok({ decision, newestVersion });
}

describe('rotateSasOrchestrator', () => {
  it.each([DUE, { state: 'Broken', code: 'SAS_EXPIRED', reason: 'over' }])(
    'replaces a token that is $state',
    (decision) => {
      const table = { inspectSas: judged(decision), publishSas: PUBLISHED, retireSas: RETIRED };
      const stepper = run(rotateSasOrchestrator, INPUT, answers(table));
      expect(namesOf(stepper)).toEqual(['inspectSas', 'publishSas', 'retireSas']);
      expect(stepper.calls.map(({ input }) => input)).toEqual([TARGET, { ...TARGET, replaces: 'v1' }, TARGET]);
      expect(stepper.output).toEqual({ state: 'Rotated', expiresAt: '2026-01-07T00:00:00Z' });
    },
  );

  it.each([
    { state: 'Fresh', expiresAt: '2026-02-01T00:00:00Z' },
    { state: 'NotNeeded', reason: 'identity' },
    { state: 'Failed', code: 'SECRET_VERSION_PINNED', reason: 'pinned' },
  ])('leaves a token alone that is $state', (decision) => {
    const stepper = run(rotateSasOrchestrator, INPUT, answers({ inspectSas: judged(decision), retireSas: RETIRED }));
    expect(namesOf(stepper)).toEqual(['inspectSas', 'retireSas']);
    expect(stepper.output).toEqual(decision);
  });

  it.each([
    ['Fresh', ['inspectSas', 'publishSas', 'retireSas']],
    ['NotNeeded', ['inspectSas', 'retireSas']],
    ['Failed', ['inspectSas', 'retireSas']],
  ])('when forced does with a token that is %s: %j', (state, names) => {
    const table = { inspectSas: judged({ state }, null), publishSas: PUBLISHED, retireSas: RETIRED };
    expect(namesOf(run(rotateSasOrchestrator, { ...INPUT, force: true }, answers(table)))).toEqual(names);
  });

  it('says as data why a token could not be judged or replaced', () => {
    const failed = { state: 'Failed', code: 'Forbidden', reason: 'It broke.' };
    const forbidden = refused({ class: 'access', code: 'Forbidden' });
    const unjudged = run(rotateSasOrchestrator, INPUT, answers({ inspectSas: forbidden, retireSas: RETIRED }));
    expect(unjudged.output).toEqual(failed);
    const table = { inspectSas: judged(DUE), publishSas: forbidden, retireSas: RETIRED };
    expect(run(rotateSasOrchestrator, INPUT, answers(table)).output).toEqual(failed);
  });

  it.each([
    [{ state: 'Broken', code: 'SAS_EXPIRED', reason: 'over' }, 1],
    [{ ...DUE, expiresAt: '2020-01-01T00:00:00Z' }, 1],
    [DUE, 0],
  ])('raises an alarm for %j that could not be replaced: %d', (decision, alarms) => {
    const table = { inspectSas: judged(decision), publishSas: refused({ class: 'access' }), retireSas: RETIRED };
    const { logs } = run(rotateSasOrchestrator, INPUT, answers(table));
    expect(logs.filter((line) => String(line).includes('"sasNotRotated"'))).toHaveLength(alarms);
  });

  it('tries again to publish after a transient failure', () => {
    const table = { inspectSas: judged(DUE), publishSas: [BUSY, PUBLISHED], retireSas: RETIRED };
    const stepper = run(rotateSasOrchestrator, INPUT, answers(table));
    expect(namesOf(stepper)).toEqual(['inspectSas', 'publishSas', 'timer', 'publishSas', 'retireSas']);
    expect(stepper.output).toMatchObject({ state: 'Rotated' });
  });
});
