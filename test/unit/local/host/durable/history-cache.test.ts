import { HistoryCache, LoadedHistory } from '../../../../../local/host/durable/history-cache.ts';
import { EventType, historyEvent } from '../../../../../local/host/durable/history-events.ts';

const completed = (TaskScheduledId: number) => historyEvent(EventType.TaskCompleted, { TaskScheduledId, Result: '1' });

describe('LoadedHistory', () => {
  it('knows what was scheduled and what was answered', () => {
    const history = new LoadedHistory([historyEvent(EventType.TaskScheduled, { EventId: 4, Name: 'a' })]);
    expect(history.isAnswered(completed(4))).toBe(false);
    history.append([completed(4)]);
    expect(history.isAnswered(completed(4))).toBe(true);
    expect(history.isAnswered(historyEvent(EventType.TimerFired, { TimerId: 4 }))).toBe(false);
    expect(history.scheduled.get(4)?.Name).toBe('a');
    expect(history.events.every(({ IsPlayed }) => IsPlayed)).toBe(true);
  });
});

describe('HistoryCache', () => {
  function cacheOf(eventsEach: number, maxEvents: number) {
    const loads: string[] = [];
    const load = (id: string) => {
      loads.push(id);
      return Array.from({ length: eventsEach }, (_, number) => completed(number));
    };
    return { loads, cache: new HistoryCache(load, maxEvents) };
  }

  it('loads a history once while there is room', () => {
    const { cache, loads } = cacheOf(2, 4);
    for (const id of ['a', 'b', 'a', 'b']) cache.get(id);
    expect(loads).toEqual(['a', 'b']);
  });

  it('lets go of the one used longest ago', () => {
    const { cache, loads } = cacheOf(2, 4);
    for (const id of ['a', 'b', 'a', 'c', 'a', 'b']) cache.get(id);
    expect(loads).toEqual(['a', 'b', 'c', 'b']);
  });

  it('keeps one that is larger than the whole room', () => {
    const { cache, loads } = cacheOf(9, 4);
    expect(cache.get('a')).toBe(cache.get('a'));
    expect(loads).toEqual(['a']);
  });

  it('loads anew what was dropped', () => {
    const { cache, loads } = cacheOf(1, 4);
    cache.get('a');
    cache.drop('a');
    cache.get('a');
    expect(loads).toEqual(['a', 'a']);
  });
});
