import { LoadedHistory } from '../../../../../local/host/durable/history-cache.ts';
import { EventType, historyEvent } from '../../../../../local/host/durable/history-events.ts';
import { retryDelayMs } from '../../../../../local/host/durable/numbering.ts';
import { retryVerdict } from '../../../../../local/host/durable/retries.ts';

const OPTIONS = { firstRetryIntervalInMilliseconds: 100, maxNumberOfAttempts: 5 };
const POSITION = { options: OPTIONS, firstTry: 0, lastTry: 0 };
const failure = (isNonRetriable: boolean) =>
  historyEvent(EventType.TaskFailed, {
    TaskScheduledId: 0,
    Reason: 'r',
    Details: 'd',
    FailureDetails: { ErrorType: 'E', ErrorMessage: 'm', IsNonRetriable: isNonRetriable },
  });

describe('retries', () => {
  it('wait longer with each attempt, up to the maximum', () => {
    const options = { ...OPTIONS, backoffCoefficient: 3, maxRetryIntervalInMilliseconds: 1000 };
    expect([1, 2, 3, 4].map((attempt) => retryDelayMs(options, attempt))).toEqual([100, 300, 900, 1000]);
    expect(retryDelayMs(OPTIONS, 4)).toBe(100);
  });

  it('are over when the failure says that it cannot be retried', () => {
    const history = new LoadedHistory([]);
    expect(retryVerdict(POSITION, { history, fresh: [failure(true)] })).toMatchObject({
      isOver: true,
      lastFailure: { Reason: 'r', Details: 'd' },
    });
    expect(retryVerdict(POSITION, { history, fresh: [failure(false)] }).isOver).toBe(false);
  });

  it('are over when their time has passed since the first try', () => {
    const ago = (ms: number) => {
      const Timestamp = new Date(Date.now() - ms).toISOString();
      return new LoadedHistory([historyEvent(EventType.TaskScheduled, { EventId: 0, Timestamp })]);
    };
    const position = { ...POSITION, options: { ...OPTIONS, retryTimeoutInMilliseconds: 60_000 } };
    expect(retryVerdict(position, { history: ago(61_000), fresh: [failure(false)] }).isOver).toBe(true);
    expect(retryVerdict(position, { history: ago(1000), fresh: [failure(false)] }).isOver).toBe(false);
    expect(retryVerdict(POSITION, { history: ago(61_000), fresh: [failure(false)] }).isOver).toBe(false);
  });
});
