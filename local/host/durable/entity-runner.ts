import { stackOf } from '../errors.ts';
import { type BatchParts, runEntityBatch } from './entity-batch.ts';
import type { EntityMessage } from './entity-store.ts';

/** How long to wait after a fault of the host itself before a batch is tried again. */
const FAULT_DELAY_MS = 1000;

export interface RunnerOptions extends Omit<BatchParts, 'isStopped'> {
  maxConcurrentEntities: number;
}

/** Runs entities: one batch of an entity at a time, several entities side by side. All it must remember is in the store. */
export class EntityRunner {
  readonly #options: RunnerOptions;
  readonly #parts: BatchParts;
  readonly #ready = new Set<string>();
  readonly #busy = new Set<string>();
  readonly #running = new Set<Promise<void>>();
  #isPumping = false;
  #isStopped = true;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#parts = { ...options, isStopped: () => this.#isStopped };
  }

  /** Whether an operation runs or waits for its turn. */
  get isBusy(): boolean {
    return this.#busy.size + this.#ready.size > 0;
  }

  /** Takes up what is stored. Gives how many entities have something to do. */
  start(): number {
    this.#isStopped = false;
    for (const id of this.#options.entities.waiting()) this.#ready.add(id);
    this.#pump();
    return this.#ready.size;
  }

  /** Begins no further operation; resolves when those that run have ended and are written. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Leaves a message for an entity; it takes effect when the caller's transaction is through. */
  send(id: string, sender: string | null, message: EntityMessage): void {
    this.#options.entities.enqueue(id, sender, message);
    this.#ready.add(id);
    this.#pump();
  }

  #pump(): void {
    if (this.#isPumping || this.#isStopped) return;
    this.#isPumping = true;
    setImmediate(() => {
      this.#isPumping = false;
      if (!this.#isStopped) this.#beginBatches();
    });
  }

  #beginBatches(): void {
    for (const id of this.#ready) {
      if (this.#busy.size >= this.#options.maxConcurrentEntities) return;
      if (this.#busy.has(id)) continue;
      this.#ready.delete(id);
      this.#busy.add(id);
      const work = this.#batch(id);
      this.#running.add(work);
      void work.finally(() => this.#running.delete(work));
    }
  }

  async #batch(id: string): Promise<void> {
    try {
      if (await runEntityBatch(this.#parts, id)) this.#ready.add(id);
      this.#release(id);
    } catch (error) {
      this.#options.log(
        'error',
        'Host.Durable',
        `a batch of entity '${id}' failed, to be tried again: ${stackOf(error)}`,
      );
      this.#ready.add(id);
      setTimeout(() => this.#release(id), FAULT_DELAY_MS).unref();
    }
  }

  #release(id: string): void {
    this.#busy.delete(id);
    this.#pump();
  }
}
