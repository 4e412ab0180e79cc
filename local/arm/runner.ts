import { type Behavior, FIRST_STATUS_MS } from './behavior.ts';
import type { ResourceStore } from './resource-store.ts';
import { failureOf } from './run-failure.ts';
import type { RunRecord, RunState } from './run-model.ts';

/** What an execution gives when it did not fail. */
export interface RunResult {
  importedArtifacts?: string[];
  /** The digest of each of `importedArtifacts`, in their order. */
  importedDigests?: string[];
  catalogDigest?: string;
  /** What did not go as asked. */
  message?: string;
  /** A part of the artifacts did not arrive. */
  isPartial?: boolean;
}

/** Does the work of a run; throws to fail it. `onProgress` gets the done fraction, 0 to 1. */
export type ExecuteRun = (
  run: RunRecord,
  signal: AbortSignal,
  onProgress: (fraction: number) => void,
) => Promise<RunResult>;

/** A run as a fault hook sees it. */
export interface FaultedRun {
  id: string;
  name: string;
  direction: 'export' | 'import';
  artifacts: readonly string[];
  blobName: string;
}

/** Faults on demand. */
export interface RunFaults {
  /** Called when a run begins (again, too, after a restart): may delay it, or fail it by throwing `{ code, message }`. */
  beforeRun?(run: FaultedRun): Promise<void> | void;
}

/** What a {@link Runner} works with. */
export interface RunnerOptions {
  store: ResourceStore<RunRecord>;
  execute: ExecuteRun;
  behavior: Behavior;
  faults?: RunFaults | undefined;
  /** A run waits so long before its work, which its progress shows as the most of it; default 0. */
  minimumRunMs?: number | undefined;
  log?: ((line: string) => void) | undefined;
}

/** How much of its progress a run has made when its waiting is over. */
const WAIT_PERCENT = 90;

interface Execution {
  controller: AbortController;
  startedAtMs: number;
  fraction: number;
  done: Promise<void>;
}

/**
 * Executes runs, all at once. A run that is under way when the process ends stays `Running` in the store, and
 * {@link Runner.resume} executes it again from its beginning: the same run.
 */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #executions = new Map<string, Execution>();
  #isStopped = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Starts what the store says is `Running`. */
  resume(): void {
    for (const run of this.#options.store.list()) if (run.state.status === 'Running') this.start(run);
  }

  /** Executes a run that the store has as `Running`; one that was deleted or replaced meanwhile is left alone. */
  start(run: RunRecord): void {
    if (this.#isStopped || this.#options.store.get(run.key) !== run) return;
    const controller = new AbortController();
    const execution: Execution = { controller, startedAtMs: Date.now(), fraction: 0, done: Promise.resolve() };
    this.#executions.set(run.key, execution);
    execution.done = this.#execute(run, execution).finally(() => {
      // The name may have been taken by the next execution already: the end is visible before it is on disk.
      if (this.#executions.get(run.key) === execution) this.#executions.delete(run.key);
    });
  }

  /** Percent done: of a running run as known now, below 100. */
  percentageOf(run: RunRecord): number {
    const execution = this.#executions.get(run.key);
    if (run.state.status !== 'Running' || !execution) return run.state.percentage;
    const minimumMs = this.#options.minimumRunMs ?? 0;
    const waited = minimumMs === 0 ? 0 : Math.min(1, (Date.now() - execution.startedAtMs) / minimumMs);
    const waitPercent = minimumMs === 0 ? 0 : WAIT_PERCENT;
    const percent = waitPercent * waited + (100 - waitPercent) * execution.fraction;
    return Math.max(0, Math.min(99, Math.floor(percent)));
  }

  /** Ends a run's execution and waits for it; the run is left `Running` in the store. */
  async cancel(key: string): Promise<void> {
    const execution = this.#executions.get(key);
    execution?.controller.abort();
    await execution?.done;
  }

  /** Resolves when no run is going on. */
  async settled(): Promise<void> {
    while (this.#executions.size > 0) await Promise.all([...this.#executions.values()].map(({ done }) => done));
  }

  /** Ends all executions; starts no other. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#executions.keys()].map((key) => this.cancel(key)));
  }

  async #execute(run: RunRecord, execution: Execution): Promise<void> {
    const { signal } = execution.controller;
    let end: Partial<RunState>;
    try {
      const result = await this.#work(run, execution);
      end = endOf(result, this.#options.behavior.current.partialSuccess);
    } catch (error) {
      if (signal.aborted) return;
      end = { status: 'Failed', percentage: this.percentageOf(run), error: failureOf(error) };
    }
    if (!signal.aborted) await this.#finish(run, { ...run.state, ...end, finishTimeMs: Date.now() });
  }

  async #work(run: RunRecord, execution: Execution): Promise<RunResult> {
    const { signal } = execution.controller;
    const { faults, execute, minimumRunMs = 0, behavior } = this.#options;
    const firstStatusMs = behavior.current.firstStatus === 'Running' ? 0 : FIRST_STATUS_MS;
    const waitMs = Math.max(minimumRunMs, firstStatusMs);
    if (faults?.beforeRun) await untilAborted(Promise.resolve(faults.beforeRun(describe(run))), signal);
    const onProgress = (fraction: number) => {
      execution.fraction = fraction;
    };
    // Before the work, not after it: a process that is killed meanwhile leaves nothing half done.
    if (waitMs > 0) await delay(waitMs, signal);
    return execute(run, signal, onProgress);
  }

  async #finish(run: RunRecord, state: RunState): Promise<void> {
    const reason = state.error === undefined ? '' : `: ${state.error.message}`;
    this.#options.log?.(`run ${run.name}: ${state.status}${reason}`);
    try {
      await this.#options.store.put({ ...run, state });
    } catch (error) {
      this.#options.log?.(`run ${run.name}: its end could not be kept: ${String(error)}`);
    }
  }
}

function endOf({ message, isPartial, ...rest }: RunResult, partialStatus: 'Succeeded' | 'Failed'): Partial<RunState> {
  const status = isPartial ? partialStatus : 'Succeeded';
  const error = message === undefined ? {} : { error: { code: 'PartiallyFailed', message } };
  return { status, percentage: 100, ...rest, ...error };
}

function describe({ id, name, pipeline, request }: RunRecord): FaultedRun {
  const direction = pipeline.type === 'exportPipelines' ? 'export' : 'import';
  return { id, name, direction, artifacts: request.artifacts ?? [], blobName: request.blobName };
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

async function delay(ms: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await untilAborted(
      new Promise((resolve) => {
        timer = setTimeout(resolve, ms);
      }),
      signal,
    );
  } finally {
    clearTimeout(timer);
  }
}
