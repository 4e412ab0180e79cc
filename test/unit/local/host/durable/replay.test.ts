import { EventType, historyEvent } from '../../../../../local/host/durable/history-events.ts';
import { encodedInput, unseenEvents } from '../../../../../local/host/durable/replay.ts';

const raised = (Name: string, Input: string) => historyEvent(EventType.EventRaised, { Name, Input });
const other = historyEvent(EventType.TaskCompleted, { TaskScheduledId: 0, Result: '1' });

describe('unseenEvents', () => {
  it('keeps the last of those that nobody waited for', () => {
    const events = [raised('go', '1'), other, raised('go', '2'), raised('go', '3')];
    const unseen = unseenEvents(events, 4, { go: [{}, {}] });
    expect(unseen.map(({ Input }) => Input)).toEqual(['2', '3']);
  });

  it('keeps what came after the orchestrator had stopped', () => {
    const events = [raised('go', '1'), other, raised('go', '2'), raised('stop', '3')];
    expect(unseenEvents(events, 2, {}).map(({ Input }) => Input)).toEqual(['2', '3']);
  });

  it('takes the answer of an entity for no event from outside', () => {
    const message = JSON.stringify({ kind: 'operation', id: 'r-1', operation: 'get', input: null });
    const sent = historyEvent(EventType.EventSent, { EventId: 0, Input: message });
    expect(unseenEvents([sent, other, raised('r-1', '{}'), raised('go', '1')], 2, {})).toHaveLength(1);
  });

  it('keeps nothing that was consumed', () => {
    expect(unseenEvents([raised('go', '1'), other], 2, { 7: [{}] })).toEqual([]);
  });
});

describe('encodedInput', () => {
  it('takes a text as JSON already, other values raw', () => {
    expect(encodedInput('"quoted"')).toBe('"quoted"');
    expect(encodedInput({ a: 1 })).toBe('{"a":1}');
    expect(encodedInput(0)).toBe('0');
    expect(encodedInput(undefined)).toBeNull();
  });
});
