import type { InputDatum, RegisteredFunction } from '../app-model.ts';
import { stackOf } from '../errors.ts';
import type { Invoker } from '../invoke.ts';
import type { Log } from '../log.ts';
import { callWithRetry } from '../retry-policy.ts';
import { jsonData } from '../typed-data.ts';
import type { TimerDefinition } from './timer-definition.ts';
import type { TimerStore } from './timer-store.ts';

export interface TimerParts {
  invoker: Invoker;
  log: Log;
  store: TimerStore;
  clientInputs(fn: RegisteredFunction): InputDatum[];
}

/** What `Last` is before the first run. */
const NEVER = '0001-01-01T00:00:00';
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Runs one timer function: at its times, for a run that was missed, and by hand. Runs of it never overlap. */
export class Timer {
  readonly #definition: TimerDefinition;
  readonly #parts: TimerParts;
  readonly #stopping = new AbortController();
  #alarm: NodeJS.Timeout | undefined;
  /** The time that the alarm was set for: it may ring a little early, and must not set itself to the same time again. */
  #alarmMs = 0;
  #lastRun: Promise<void> = Promise.resolve();

  constructor(definition: TimerDefinition, parts: TimerParts) {
    this.#definition = definition;
    this.#parts = parts;
  }

  /** Sets the alarm; runs at once when a run was missed, or when the function wants it. */
  start(): void {
    const isPastDue = this.#isPastDue();
    if (isPastDue || this.#definition.runOnStartup) this.#run(isPastDue, true);
    else {
      this.#remember(this.#status()?.last ?? null);
      this.#setAlarm();
    }
  }

  /** Runs it now, beside its schedule. */
  runByHand(): void {
    this.#run(false, false);
  }

  /** No more runs; a wait between retries ends. Resolves when the run that is under way has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#alarm);
    await this.#lastRun;
  }

  #status() {
    const status = this.#parts.store.get(this.#definition.fn.metadata.name);
    return status?.schedule === this.#definition.scheduleText ? status : undefined;
  }

  #isPastDue(): boolean {
    const status = this.#status();
    return this.#definition.useMonitor && status !== undefined && Date.parse(status.next) <= Date.now();
  }

  #next(): Date {
    const fromMs = Math.max(Date.now(), this.#alarmMs);
    return this.#definition.schedule.next(new Date(fromMs)) ?? new Date(fromMs + MAX_DELAY_MS);
  }

  #remember(last: string | null): void {
    if (!this.#definition.useMonitor) return;
    const { fn, scheduleText: schedule } = this.#definition;
    const times = { schedule, last, next: this.#next().toISOString(), updated: new Date().toISOString() };
    this.#parts.store.put(fn.metadata.name, times);
  }

  #setAlarm(): void {
    if (this.#stopping.signal.aborted) return;
    const nextMs = this.#next().getTime();
    const delayMs = nextMs - Date.now();
    if (delayMs > MAX_DELAY_MS) {
      this.#alarm = setTimeout(() => this.#setAlarm(), MAX_DELAY_MS);
      return;
    }
    this.#alarmMs = nextMs;
    this.#alarm = setTimeout(() => this.#run(false, true), Math.max(delayMs, 1));
  }

  #run(isPastDue: boolean, isScheduled: boolean): void {
    const { fn } = this.#definition;
    this.#lastRun = this.#lastRun.then(async () => {
      if (this.#stopping.signal.aborted) return;
      const startedAt = new Date().toISOString();
      try {
        await this.#invoke(isPastDue);
      } catch (error) {
        this.#parts.log('error', `Function.${fn.metadata.name}`, `timer failed: ${stackOf(error)}`);
      }
      if (!isScheduled) return;
      this.#remember(startedAt);
      this.#setAlarm();
    });
  }

  async #invoke(isPastDue: boolean): Promise<void> {
    const { fn, bindingName } = this.#definition;
    const status = this.#status();
    const data = jsonData({
      Schedule: { AdjustForDST: true },
      ScheduleStatus: {
        Last: status?.last ?? NEVER,
        Next: this.#next().toISOString(),
        LastUpdated: status?.updated ?? NEVER,
      },
      IsPastDue: isPastDue,
    });
    await callWithRetry(fn.metadata.retryOptions, this.#stopping.signal, (retryContext) =>
      this.#parts.invoker.call(fn, {
        inputData: [{ name: bindingName, data }, ...this.#parts.clientInputs(fn)],
        ...(retryContext === undefined ? {} : { retryContext }),
      }),
    );
  }
}
