import { EventType, type HistoryEvent } from './history-events.ts';
import type { RetryPosition } from './numbering.ts';

/** Whether a retried call is to be tried no more, and how it failed last. */
export interface RetryVerdict {
  isOver: boolean;
  lastFailure: HistoryEvent | undefined;
}

/**
 * Decides whether further tries are pointless: the failure says that it cannot be retried, or `retryTimeout` has passed
 * since the first try was scheduled. The package counts attempts only.
 */
export function retryVerdict(
  position: RetryPosition,
  episode: {
    history: { events: readonly HistoryEvent[]; scheduled: ReadonlyMap<number, HistoryEvent> };
    fresh: readonly HistoryEvent[];
  },
): RetryVerdict {
  const isLastFailure = (event: HistoryEvent) => isFailure(event) && event.TaskScheduledId === position.lastTry;
  const lastFailure = episode.fresh.find(isLastFailure) ?? episode.history.events.findLast(isLastFailure);
  const { retryTimeoutInMilliseconds: timeoutMs } = position.options;
  const firstTry = episode.history.scheduled.get(position.firstTry);
  const isLate =
    timeoutMs !== undefined &&
    firstTry !== undefined &&
    Date.now() - new Date(firstTry.Timestamp).getTime() >= timeoutMs;
  return { isOver: isLate || lastFailure?.FailureDetails?.IsNonRetriable === true, lastFailure };
}

function isFailure(event: HistoryEvent): boolean {
  return event.EventType === EventType.TaskFailed || event.EventType === EventType.SubOrchestrationInstanceFailed;
}
