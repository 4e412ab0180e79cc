import type { InputDatum, RegisteredFunction } from '../app-model.ts';
import { stackOf } from '../errors.ts';
import type { Invoker } from '../invoke.ts';
import type { Log } from '../log.ts';
import { runActivity } from './activity.ts';
import { type Answer, Answers } from './answers.ts';
import { DueClock } from './due-clock.ts';
import type { DurableStore, WorkItem } from './durable-store.ts';
import { EntityRunner } from './entity-runner.ts';
import type { EntityMessage, EntityStore } from './entity-store.ts';
import { type EpisodeParts, runEpisode } from './episode.ts';
import type { FunctionTable } from './function-table.ts';
import { HistoryCache } from './history-cache.ts';
import type { HistoryEvent } from './history-events.ts';
import type { Scheduler } from './scheduler.ts';
import { WorkQueue } from './work-queue.ts';

/** Episodes that took longer than this leave time for more answers to gather before the next one of the instance. */
const COOL_DOWN_FROM_MS = 4;
const MAX_COOL_DOWN_MS = 500;
/** How long to wait after a fault of the host itself, a full disk for example, before an episode is tried again. */
const FAULT_DELAY_MS = 1000;

export interface EngineOptions {
  store: DurableStore;
  functions: FunctionTable;
  invoker: Invoker;
  log: Log;
  clientInputs(fn: RegisteredFunction): InputDatum[];
  maxConcurrentActivities: number;
  maxConcurrentOrchestrators: number;
  entities: EntityStore;
  maxConcurrentEntities: number;
  maxEntityBatchSize: number;
  rollsEntitiesBack: boolean;
  httpPollIntervalMs: number;
}

/**
 * Runs orchestrations, activities and entities: at most one episode of an instance at a time, within the limits of host.json.
 * Everything it knows is in the store; {@link Engine.start} takes up whatever an earlier process left.
 */
export class Engine implements Scheduler {
  readonly cache: HistoryCache;
  readonly #options: EngineOptions;
  readonly #parts: EpisodeParts;
  readonly #clock = new DueClock(() => this.#wakeDue());
  readonly #answers: Answers;
  readonly #entities: EntityRunner;
  readonly #queue = new WorkQueue();
  /** Instances with messages; those in `#busy` run or cool down. */
  readonly #ready = new Set<string>();
  readonly #busy = new Set<string>();
  readonly #running = new Set<Promise<void>>();
  readonly #waiters = new Map<string, Set<() => void>>();
  #runningActivities = 0;
  #isPumping = false;
  #isStopped = true;

  constructor(options: EngineOptions) {
    const { store, functions, invoker, log, clientInputs, httpPollIntervalMs } = options;
    this.#options = options;
    this.cache = new HistoryCache((id) => store.history(id));
    const common = { store, functions, invoker, log, clientInputs, httpPollIntervalMs };
    this.#parts = { ...common, cache: this.cache, scheduler: this };
    const { entities, maxConcurrentEntities, maxEntityBatchSize: maxBatchSize, rollsEntitiesBack: rollsBack } = options;
    this.#entities = new EntityRunner({ ...this.#parts, entities, maxConcurrentEntities, maxBatchSize, rollsBack });
    this.#answers = new Answers(
      (answers) => this.#writeAnswers(answers),
      (error) => log('error', 'Host.Durable', `writing answers failed, to be tried again: ${stackOf(error)}`),
    );
  }

  /** Takes up the work that is stored. Gives how much there was. */
  start(): { activities: number; instances: number; entities: number } {
    for (const item of this.#options.store.allWork()) this.#queue.push(item);
    this.#isStopped = false;
    this.#wakeDue();
    const entities = this.#entities.start();
    return { activities: this.#queue.length, instances: this.#ready.size, entities };
  }

  /** Begins nothing new; resolves when everything that runs has ended and is written. Those who wait are let go. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#clock.clear();
    await this.#entities.stop();
    while (this.#running.size > 0) await Promise.all(this.#running);
    this.#answers.flush();
    for (const id of [...this.#waiters.keys()]) this.finished(id);
  }

  post(instanceId: string, executionId: string | null, event: HistoryEvent, dueMs = 0): void {
    this.#options.store.post(instanceId, executionId, event, dueMs);
    if (dueMs <= Date.now()) this.#ready.add(instanceId);
    else if (!this.#isStopped) this.#clock.setAtLatest(dueMs);
    this.#pump();
  }

  send(entityId: string, sender: string | null, message: EntityMessage): void {
    this.#entities.send(entityId, sender, message);
  }

  enqueue(item: Omit<WorkItem, 'rowId'>): void {
    this.#queue.push(this.#options.store.addWork(item));
    this.#pump();
  }

  removeQueued(instanceId: string, steps?: ReadonlySet<number>): void {
    if (this.#queue.length > 0) this.#queue.remove(instanceId, steps);
  }

  finished(instanceId: string): void {
    const waiters = this.#waiters.get(instanceId);
    if (waiters === undefined) return;
    this.#waiters.delete(instanceId);
    for (const resolve of waiters) resolve();
  }

  /** Resolves when the instance ends, or after `timeoutMs`. */
  async waitForEnd(instanceId: string, timeoutMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiters = this.#waiters.get(instanceId) ?? new Set();
    this.#waiters.set(instanceId, waiters.add(resolve));
    const timer = setTimeout(resolve, timeoutMs);
    await promise;
    clearTimeout(timer);
    waiters.delete(resolve);
  }

  /**
   * Makes the instances with due messages ready and sets the alarm for the next. One reading of the clock serves both:
   * a message falling due between two readings would never be seen.
   */
  #wakeDue(): void {
    if (this.#isStopped) return;
    const { store } = this.#options;
    const nowMs = Date.now();
    for (const id of store.dueInstances(nowMs)) this.#ready.add(id);
    const nextMs = store.nextDueMs(nowMs);
    if (nextMs !== undefined) this.#clock.setAtLatest(nextMs);
    this.#pump();
  }

  /** Everything begins outside of the caller's transaction, in a turn of its own. */
  #pump(): void {
    if (this.#isPumping || this.#isStopped) return;
    this.#isPumping = true;
    setImmediate(() => {
      this.#isPumping = false;
      if (this.#isStopped) return;
      this.#beginEpisodes();
      this.#beginActivities();
    });
  }

  #beginEpisodes(): void {
    for (const id of this.#ready) {
      if (this.#busy.size >= this.#options.maxConcurrentOrchestrators) return;
      if (this.#busy.has(id)) continue;
      this.#ready.delete(id);
      this.#busy.add(id);
      this.#track(this.#episode(id));
    }
  }

  async #episode(id: string): Promise<void> {
    const startedMs = performance.now();
    let delayMs = 0;
    try {
      await runEpisode(this.#parts, id);
      const tookMs = performance.now() - startedMs;
      const isMoreToCome = this.#queue.length + this.#runningActivities > 1 || this.#entities.isBusy;
      const isOthersTurn = tookMs > COOL_DOWN_FROM_MS && isMoreToCome;
      if (isOthersTurn) delayMs = Math.min(2 * tookMs, MAX_COOL_DOWN_MS);
    } catch (error) {
      this.#options.log('error', 'Host.Durable', `episode of '${id}' failed, to be tried again: ${stackOf(error)}`);
      this.cache.drop(id);
      this.#ready.add(id);
      delayMs = FAULT_DELAY_MS;
    }
    if (delayMs === 0) this.#release(id);
    else setTimeout(() => this.#release(id), delayMs).unref();
  }

  #release(id: string): void {
    this.#busy.delete(id);
    this.#pump();
  }

  #beginActivities(): void {
    while (this.#runningActivities < this.#options.maxConcurrentActivities) {
      const item = this.#queue.shift();
      if (item === undefined) return;
      this.#runningActivities++;
      this.#track(this.#activity(item));
    }
  }

  async #activity(item: WorkItem): Promise<void> {
    const event = await runActivity(this.#parts, item);
    this.#runningActivities--;
    this.#answers.add({ item, event });
    this.#pump();
  }

  #writeAnswers(answers: readonly Answer[]): void {
    const { store } = this.#options;
    store.transaction(() => {
      for (const { item, event } of answers) {
        const isWanted = store.removeWork(item.rowId);
        if (isWanted) this.post(item.instanceId, item.executionId, event);
      }
    });
  }

  #track(work: Promise<void>): void {
    this.#running.add(work);
    void work.finally(() => this.#running.delete(work));
  }
}
