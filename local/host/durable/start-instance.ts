import { randomUUID } from 'node:crypto';
import type { DurableStore } from './durable-store.ts';
import type { HistoryCache } from './history-cache.ts';
import { EventType, historyEvent } from './history-events.ts';
import { isFinal, type ParentStep } from './instance-row.ts';
import type { Scheduler } from './scheduler.ts';

/** A request that cannot be served as it stands: the caller's fault. `status` is the HTTP status that says so. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

/** An orchestration to be started. `input` is JSON text. */
export interface StartRequest {
  name: string;
  instanceId: string;
  input: string | null;
  version: string | null;
  parent?: ParentStep;
}

/** An id for an execution or an instance, unlike any other. */
export function newId(): string {
  return randomUUID().replaceAll('-', '');
}

/**
 * Writes a new instance and its first message, in place of a finished one of that id. Throws {@link ClientError} when
 * one of that id is still going. Part of the caller's transaction.
 */
export function startInstance(
  store: DurableStore,
  cache: HistoryCache,
  scheduler: Scheduler,
  request: StartRequest,
): void {
  const { name, instanceId: id, input, version, parent } = request;
  const existing = store.instance(id);
  if (existing !== undefined && !isFinal(existing.status)) {
    throw new ClientError(`an instance with the id '${id}' already exists and is ${existing.status}`);
  }
  store.removeTraces(id);
  scheduler.removeQueued(id);
  cache.drop(id);
  const now = new Date().toISOString();
  const executionId = newId();
  store.putInstance({
    ...{ id, executionId, name, version, input, output: null, status: 'Pending', customStatus: null },
    ...{ created: now, updated: now },
    parentId: parent?.instanceId ?? null,
    parentStep: parent?.step ?? null,
    parentExecutionId: parent?.executionId ?? null,
  });
  const ParentInstance = parent
    ? { OrchestrationInstance: { InstanceId: parent.instanceId }, TaskScheduleId: parent.step }
    : null;
  const fields = { Timestamp: now, Name: name, Version: version ?? '', Input: input, ParentInstance };
  scheduler.post(id, executionId, historyEvent(EventType.ExecutionStarted, fields));
}

/** Throws {@link ClientError} for an id that could not be put into a URL. */
export function checkInstanceId(id: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be in an id
  if (id === '' || id.startsWith('@') || /[/\\#?\u0000-\u001f\u007f]/.test(id)) {
    throw new ClientError(`'${id}' is no instance id: not empty, not starting with @, without / \\ # ? and controls`);
  }
}
