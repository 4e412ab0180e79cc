import { rotateSasOrchestrator } from '../../src/orchestrators/rotate-sas.ts';
import { answers, BUSY, ok, refused } from './answers.ts';
import { namesOf, run } from './stepper.ts';

const TARGET = { route: 'a', side: 'source' };
const PUBLISHED = ok({ published: true, expiresAt: '2026-01-07T00:00:00Z' });

describe('rotateSasOrchestrator', () => {
  it.each([
    { state: 'Due', reason: 'soon' },
    { state: 'Broken', code: 'SAS_EXPIRED', reason: 'over' },
  ])('replaces a token that is $state', (decision) => {
    const stepper = run(rotateSasOrchestrator, TARGET, answers({ inspectSas: ok(decision), publishSas: PUBLISHED }));
    expect(namesOf(stepper)).toEqual(['inspectSas', 'publishSas']);
    expect(stepper.calls.map(({ input }) => input)).toEqual([TARGET, TARGET]);
    expect(stepper.output).toEqual({ state: 'Rotated', expiresAt: '2026-01-07T00:00:00Z' });
  });

  it.each([
    { state: 'Fresh', expiresAt: '2026-02-01T00:00:00Z' },
    { state: 'NotNeeded', reason: 'identity' },
    { state: 'Failed', code: 'SECRET_VERSION_PINNED', reason: 'pinned' },
  ])('leaves a token alone that is $state', (decision) => {
    const stepper = run(rotateSasOrchestrator, TARGET, answers({ inspectSas: ok(decision) }));
    expect(namesOf(stepper)).toEqual(['inspectSas']);
    expect(stepper.output).toEqual(decision);
  });

  it('says as data why a token could not be judged or replaced', () => {
    const failed = { state: 'Failed', code: 'Forbidden', reason: 'It broke.' };
    const forbidden = refused({ class: 'access', code: 'Forbidden' });
    expect(run(rotateSasOrchestrator, TARGET, answers({ inspectSas: forbidden })).output).toEqual(failed);
    const table = { inspectSas: ok({ state: 'Due', reason: 'soon' }), publishSas: forbidden };
    expect(run(rotateSasOrchestrator, TARGET, answers(table)).output).toEqual(failed);
  });

  it('tries again to publish after a transient failure', () => {
    const table = { inspectSas: ok({ state: 'Due', reason: 'soon' }), publishSas: [BUSY, PUBLISHED] };
    const stepper = run(rotateSasOrchestrator, TARGET, answers(table));
    expect(namesOf(stepper)).toEqual(['inspectSas', 'publishSas', 'timer', 'publishSas']);
    expect(stepper.output).toMatchObject({ state: 'Rotated' });
  });
});
