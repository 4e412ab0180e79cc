import { answerKey, type HistoryEvent, isSchedulingEvent } from './history-events.ts';

/** One instance's history in memory, with what episodes ask of it. The database stays the truth. */
export class LoadedHistory {
  readonly events: HistoryEvent[] = [];
  /** Scheduling events by the number of their step. */
  readonly scheduled = new Map<number, HistoryEvent>();
  readonly #answered = new Set<string>();
  /** Timers that were canceled after they had been created; not kept in the history itself. */
  readonly canceledTimers = new Set<number>();

  constructor(events: readonly HistoryEvent[]) {
    this.append(events);
  }

  /** Adds events that are stored by now: from here on they are history. */
  append(events: readonly HistoryEvent[]): void {
    for (const event of events) {
      event.IsPlayed = true;
      this.events.push(event);
      if (isSchedulingEvent(event)) this.scheduled.set(event.EventId, event);
      const key = answerKey(event);
      if (key !== undefined) this.#answered.add(key);
    }
  }

  isTimerFired(timer: number): boolean {
    return this.#answered.has(`timer ${timer}`);
  }

  isAnswered(event: HistoryEvent): boolean {
    const key = answerKey(event);
    return key !== undefined && this.#answered.has(key);
  }
}

/** Histories of the instances worked on last, at most `maxEvents` events in all (and always at least one history). */
export class HistoryCache {
  readonly #load: (id: string) => HistoryEvent[];
  readonly #maxEvents: number;
  readonly #histories = new Map<string, { history: LoadedHistory; countedEvents: number }>();
  #eventCount = 0;

  constructor(load: (id: string) => HistoryEvent[], maxEvents = 500_000) {
    this.#load = load;
    this.#maxEvents = maxEvents;
  }

  get(id: string): LoadedHistory {
    const history = this.#histories.get(id)?.history ?? new LoadedHistory(this.#load(id));
    this.drop(id);
    this.#histories.set(id, { history, countedEvents: history.events.length });
    this.#eventCount += history.events.length;
    this.#shrink();
    return history;
  }

  drop(id: string): void {
    const entry = this.#histories.get(id);
    if (entry === undefined) return;
    this.#histories.delete(id);
    this.#eventCount -= entry.countedEvents;
  }

  #shrink(): void {
    for (const id of this.#histories.keys()) {
      if (this.#eventCount <= this.#maxEvents || this.#histories.size === 1) return;
      this.drop(id);
    }
  }
}
