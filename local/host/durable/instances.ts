import type { DurableStore } from './durable-store.ts';
import type { Engine } from './engine.ts';
import { releaseLocks } from './entity-steps.ts';
import type { FunctionTable } from './function-table.ts';
import { EventType, type HistoryEvent, historyEvent } from './history-events.ts';
import { type InstanceRow, isFinal } from './instance-row.ts';
import { rewind } from './rewind.ts';
import { ClientError, checkInstanceId, newId, startInstance } from './start-instance.ts';

/** Operations that callers may ask of an instance, by the history event that carries each. */
const CONTROL_EVENTS = {
  terminate: EventType.ExecutionTerminated,
  suspend: EventType.ExecutionSuspended,
  resume: EventType.ExecutionResumed,
} as const;
export type ControlOperation = keyof typeof CONTROL_EVENTS;

/** Which instances a query means. Times are ISO text. */
export interface InstanceFilter {
  createdFrom?: string;
  createdTo?: string;
  idPrefix?: string;
  statuses?: readonly string[];
}

/** What the outside may do with orchestrations. All of it throws {@link ClientError} for a caller's fault. */
export class Instances {
  readonly #store: DurableStore;
  readonly #engine: Engine;
  readonly #functions: FunctionTable;

  constructor(store: DurableStore, engine: Engine, functions: FunctionTable) {
    this.#store = store;
    this.#engine = engine;
    this.#functions = functions;
  }

  /** Starts an orchestration and gives its id; `input` is JSON text. 400: unknown name, or the id is in use. */
  start(name: string, options: { instanceId?: string; input?: string | null; version?: string | null }): string {
    this.#functions.orchestrator(name);
    const instanceId = options.instanceId ?? newId();
    checkInstanceId(instanceId);
    const version = options.version ?? this.#functions.defaultVersion;
    const request = { name, instanceId, input: options.input ?? null, version };
    this.#store.transaction(() => startInstance(this.#store, this.#engine.cache, this.#engine, request));
    return instanceId;
  }

  /** Starts an orchestration again with the input it had; under its own id only when it has ended. */
  restart(id: string, withNewId: boolean): string {
    const { name, input, version } = this.get(id);
    return this.start(name, { ...(withNewId ? {} : { instanceId: id }), input, version });
  }

  /** Has the steps run again with which an instance failed. 404, 410 when it ended otherwise, 412 when it runs. */
  rewind(id: string, reason: string): void {
    const instance = this.get(id);
    const parts = {
      store: this.#store,
      cache: this.#engine.cache,
      scheduler: this.#engine,
      functions: this.#functions,
    };
    this.#store.transaction(() => rewind(parts, instance, reason));
  }

  /** 404 when there is none. */
  get(id: string): InstanceRow {
    const row = this.#store.instance(id);
    if (row === undefined) throw new ClientError(`no instance with the id '${id}'`, 404);
    return row;
  }

  history(id: string): readonly HistoryEvent[] {
    return this.#engine.cache.get(id).events;
  }

  /** Resolves with the instance when it ends, or after `timeoutMs` as it is then. */
  async waitForEnd(id: string, timeoutMs: number): Promise<InstanceRow> {
    if (!isFinal(this.get(id).status)) await this.#engine.waitForEnd(id, timeoutMs);
    return this.get(id);
  }

  /**
   * Raises an external event; `data` is JSON text or absent. 404, 410 when the instance has ended. Names that are
   * numbers are refused: the package keeps tasks and events in one table.
   */
  raiseEvent(id: string, name: string, data: string | null): void {
    if (name === '' || /^\d+$/.test(name)) throw new ClientError(`'${name}' is no event name: it must not be a number`);
    this.#post(id, historyEvent(EventType.EventRaised, { Name: name, Input: data }));
  }

  /** Terminates, suspends or resumes. 404, 410 when the instance has ended. */
  control(id: string, operation: ControlOperation, reason: string): void {
    this.#post(id, historyEvent(CONTROL_EVENTS[operation], { Reason: reason }));
  }

  #post(id: string, event: HistoryEvent): void {
    const { status } = this.get(id);
    if (isFinal(status)) throw new ClientError(`the instance '${id}' has ended: ${status}`, 410);
    this.#store.transaction(() => this.#engine.post(id, null, event));
  }

  /** Removes an instance and all that is known of it. 404 when there is none. */
  purge(id: string): void {
    this.get(id);
    this.#store.transaction(() => {
      releaseLocks(this.#engine, id, this.history(id));
      this.#store.removeInstance(id);
    });
    this.#engine.removeQueued(id);
    this.#engine.cache.drop(id);
  }

  /** Removes the ended instances that the filter means; gives how many. */
  purgeWhere(filter: InstanceFilter): number {
    const ended = this.list(filter, { top: Number.MAX_SAFE_INTEGER }).rows.filter(({ status }) => isFinal(status));
    for (const { id } of ended) this.purge(id);
    return ended.length;
  }

  /** At most `top` instances by id, those after `afterId`; `more` tells whether there are further ones. */
  list(filter: InstanceFilter, page: { top: number; afterId?: string }): { rows: InstanceRow[]; more: boolean } {
    const { conditions, values } = conditionsOf(filter);
    if (page.afterId !== undefined) {
      conditions.push('id > ?');
      values.push(page.afterId);
    }
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const statement = this.#store.database.prepare(`SELECT * FROM instances ${where} ORDER BY id LIMIT ?`);
    const limit = Math.min(page.top, 1_000_000);
    const rows = statement.all(...values, limit + 1) as unknown as InstanceRow[];
    return { rows: rows.slice(0, limit), more: rows.length > limit };
  }
}

function conditionsOf(filter: InstanceFilter): { conditions: string[]; values: (string | number)[] } {
  const conditions: string[] = [];
  const values: (string | number)[] = [];
  const add = (condition: string, ...parameters: (string | number)[]) => {
    conditions.push(condition);
    values.push(...parameters);
  };
  if (filter.createdFrom !== undefined) add('created >= ?', filter.createdFrom);
  if (filter.createdTo !== undefined) add('created <= ?', filter.createdTo);
  if (filter.idPrefix) add('substr(id, 1, ?) = ?', filter.idPrefix.length, filter.idPrefix);
  if (filter.statuses?.length) add(`status IN (${filter.statuses.map(() => '?').join(', ')})`, ...filter.statuses);
  return { conditions, values };
}
