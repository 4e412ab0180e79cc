import { EventType, type HistoryEvent } from './history-events.ts';

/** The replay schema that knows everything this host sends (V4). */
const SCHEMA_VERSION = 3;

/**
 * What an orchestration trigger hands to the package. The package splits timers longer than
 * `maximumShortTimerDuration` into chunks, each with a number; the limit is set so high that none is.
 *
 * @param httpPollIntervalMs what an HTTP call waits between two polls when the service does not say
 * @param playedEvents how many events at the head of `history` earlier episodes have seen
 */
export function triggerInput(
  instance: { id: string; parentId: string | null },
  input: unknown,
  history: readonly HistoryEvent[],
  playedEvents: number,
  httpPollIntervalMs: number,
): object {
  return {
    history: history.map(withOwnClock),
    input,
    instanceId: instance.id,
    isReplaying: playedEvents > 0,
    parentInstanceId: instance.parentId,
    upperSchemaVersion: SCHEMA_VERSION,
    upperSchemaVersionNew: SCHEMA_VERSION,
    longRunningTimerIntervalDuration: '3.00:00:00',
    maximumShortTimerDuration: '10000.00:00:00',
    defaultHttpAsyncRequestSleepTimeMillseconds: httpPollIntervalMs,
  };
}

/** Episodes give their time to user code as a Date, which it may change; histories in memory must not change with it. */
function withOwnClock(event: HistoryEvent): HistoryEvent {
  return event.EventType === EventType.OrchestratorStarted ? { ...event, Timestamp: new Date(event.Timestamp) } : event;
}
