import { gatherOrchestrator } from '../../src/orchestrators/gather.ts';
import { answers, BUSY, ok, refused } from './answers.ts';
import { namesOf, run } from './stepper.ts';

const TARGET = { route: 'a', window: 'w1' };
const INPUT = { ...TARGET, closesAt: '2026-11-24T10:02:00.000Z' };
const TABLE = {
  collectPushes: [ok({ transfer: 'w1' }), ok({ transfer: null })],
  startTransfer: ok(null),
  dropPushes: ok(null),
};

describe('gatherOrchestrator', () => {
  it('waits, starts the transfer of what was pushed, drops it, and looks once more', () => {
    const stepper = run(gatherOrchestrator, INPUT, answers(TABLE));
    expect(namesOf(stepper)).toEqual(['timer', 'collectPushes', 'startTransfer', 'dropPushes', 'collectPushes']);
    expect(stepper.calls[2]?.input).toEqual({ transfer: 'w1' });
    expect(stepper.calls[3]?.input).toEqual({ ...TARGET, transfer: 'w1' });
    expect(stepper.output).toBeNull();
  });

  it('starts another transfer for what came too late for the first', () => {
    const collectPushes = [ok({ transfer: 'w1' }), ok({ transfer: 'w1-more' }), ok({ transfer: null })];
    const stepper = run(gatherOrchestrator, INPUT, answers({ ...TABLE, collectPushes }));
    const started = stepper.calls.filter(({ name }) => name === 'startTransfer').map(({ input }) => input);
    expect(started).toEqual([{ transfer: 'w1' }, { transfer: 'w1-more' }]);
  });

  it('outlasts an outage', () => {
    const collectPushes = [...Array.from({ length: 9 }, () => BUSY), ok({ transfer: null })];
    expect(run(gatherOrchestrator, INPUT, answers({ ...TABLE, collectPushes })).output).toBeNull();
  });

  it('drops nothing that has not become a transfer', () => {
    const stepper = run(gatherOrchestrator, INPUT, answers({ ...TABLE, startTransfer: refused() }));
    expect(namesOf(stepper)).not.toContain('dropPushes');
    expect(stepper.error?.message).toBe('pushes of w1: BROKEN: It broke.');
  });
});
