import { findDivergence } from '../../../../../local/host/durable/determinism.ts';
import { EventType, type HistoryEvent, historyEvent } from '../../../../../local/host/durable/history-events.ts';
import type { NumberedStep } from '../../../../../local/host/durable/numbering.ts';

const activity = (number: number, functionName: string): NumberedStep => ({
  number,
  kind: 'activity',
  action: { actionType: 0, functionName },
});
const child = (number: number, functionName: string): NumberedStep => ({
  number,
  kind: 'orchestration',
  action: { actionType: 2, functionName },
});
const timer = (number: number): NumberedStep => ({ number, kind: 'timer', action: { actionType: 5 } });

const STORED = new Map<number, HistoryEvent>([
  [0, historyEvent(EventType.TaskScheduled, { EventId: 0, Name: 'charge' })],
  [1, historyEvent(EventType.TimerCreated, { EventId: 1 })],
  [2, historyEvent(EventType.SubOrchestrationInstanceCreated, { EventId: 2, Name: 'ship' })],
]);

const divergence = (...steps: (NumberedStep | undefined)[]) => findDivergence('order', 'o-1', STORED, steps);

describe('findDivergence', () => {
  it('takes the same steps again, and new ones after them', () => {
    expect(divergence(activity(0, 'charge'), timer(1), child(2, 'ship'), activity(3, 'mail'))).toBeUndefined();
  });

  it.each([
    ['another activity', [activity(0, 'refund'), timer(1), child(2, 'ship')], "step 0 was activity 'charge'"],
    ['another kind', [activity(0, 'charge'), activity(1, 'x'), child(2, 'ship')], 'step 1 was a timer'],
    ['another child', [activity(0, 'charge'), timer(1), child(2, 'pack')], "step 2 was sub-orchestration 'ship'"],
  ])('names the step that is %s now', (_what, steps, expected) => {
    expect(divergence(...steps)).toContain(expected);
  });

  it('says what the step is now, in which orchestrator and instance', () => {
    expect(divergence(activity(0, 'charge'), timer(1), timer(2))).toMatch(
      /^Non-deterministic orchestrator 'order' \(instance 'o-1'\): step 2 was sub-orchestration 'ship' when it first ran and is now a timer\./,
    );
  });

  it('wants every step to be reached', () => {
    expect(divergence(activity(0, 'charge'), timer(1))).toContain('step 2 was');
    expect(divergence(activity(0, 'charge'), timer(1))).toContain('is not reached any more');
  });
});
