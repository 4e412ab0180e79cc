import { formatEntityId } from './entity-id.ts';
import { type EntityRequest, lockRequest, operationRequest } from './entity-request.ts';
import { type HttpCallResult, type HttpStep, pollOf } from './http-call.ts';
import type { TaskAction } from './task-action.ts';

/** The numbers of the package's actions that this host serves. */
export const ActionType = {
  CallActivity: 0,
  CallActivityWithRetry: 1,
  CallSubOrchestrator: 2,
  CallSubOrchestratorWithRetry: 3,
  ContinueAsNew: 4,
  CreateTimer: 5,
  CallEntity: 7,
  CallHttp: 8,
  SignalEntity: 9,
  LockEntities: 13,
  ReleaseEntities: 14,
} as const;

export interface RetryOptions {
  firstRetryIntervalInMilliseconds: number;
  maxNumberOfAttempts: number;
  backoffCoefficient?: number;
  maxRetryIntervalInMilliseconds?: number;
  retryTimeoutInMilliseconds?: number;
}

/** Where in a retried call a step stands: the numbers of its first try and of the try that failed last. */
export interface RetryPosition {
  options: RetryOptions;
  firstTry: number;
  lastTry: number;
}

/** One step of an orchestrator with the number that the package gave it. */
export interface NumberedStep {
  number: number;
  kind: 'activity' | 'orchestration' | 'timer' | 'entity' | 'http';
  action: TaskAction;
  /** What is asked of an entity. */
  entity?: EntityRequest;
  http?: HttpStep;
  /** Timers: when they fire, in milliseconds since 1970. */
  fireAtMs?: number;
  retry?: RetryPosition;
}

interface PackageTask {
  id: number | string | false;
  actionObj: TaskAction | 'noOp';
  children?: PackageTask[];
  result?: unknown;
  parent?: PackageTask & { innerTask?: PackageTask; retryOptions?: RetryOptions };
}

/** What of the package's executor this host leans on; none of it is public (see `probe.ts`). */
export interface Executor {
  sequenceNumber: number;
  willContinueAsNew: boolean;
  context: { currentUtcDateTime: Date; currentLock?: { ownedLocks: readonly { name: string; key: string }[] } };
  /** Answers that nobody waited for yet, by event name or number. */
  deferredTasks: Record<string, unknown[]>;
  exception?: unknown;
  trackOpenTask(task: unknown): void;
  recordFireAndForgetAction(action: unknown, increment?: number): void;
  processEvent(event: unknown): void;
}

/** What was seen of one replay. `steps` are at the index of their number. */
export interface Observation {
  steps: NumberedStep[];
  /** How many events of the history the executor took before it was done. */
  processedEvents: number;
  executor: Executor | undefined;
}

/**
 * Observes the replay that will run with this invocation context: the package numbers tasks when a yield first reaches
 * them and tells nobody, so the numbers are read where it hands them out.
 */
export function observeReplay(context: object): Observation {
  const observation: Observation = { steps: [], processedEvents: 0, executor: undefined };
  let df: { taskOrchestratorExecutor: Executor } | undefined;
  Object.defineProperty(context, 'df', {
    configurable: true,
    enumerable: true,
    get: () => df,
    set: (value: { taskOrchestratorExecutor: Executor }) => {
      df = value;
      observation.executor = value.taskOrchestratorExecutor;
      observeExecutor(value.taskOrchestratorExecutor, observation);
    },
  });
  return observation;
}

function observeExecutor(executor: Executor, observation: Observation): void {
  const { trackOpenTask, recordFireAndForgetAction, processEvent } = executor;
  executor.trackOpenTask = function (this: Executor, task: PackageTask) {
    const isNew = task.id === false && task.children === undefined;
    if (isNew && !this.willContinueAsNew) observation.steps[this.sequenceNumber] = stepOf(task, this);
    trackOpenTask.call(this, task);
  };
  executor.recordFireAndForgetAction = function (this: Executor, action: TaskAction, increment?: number) {
    if (!this.willContinueAsNew) for (const step of unawaitedSteps(action, this)) observation.steps[step.number] = step;
    recordFireAndForgetAction.call(this, action, increment);
  };
  executor.processEvent = function (this: Executor, event: unknown) {
    observation.processedEvents++;
    processEvent.call(this, event);
  };
}

function stepOf(task: PackageTask, executor: Executor): NumberedStep {
  const number = executor.sequenceNumber;
  const action = task.actionObj;
  if (action === 'noOp') return retryStep(number, task, executor);
  if (action.actionType === ActionType.CreateTimer) {
    return { number, kind: 'timer', action, fireAtMs: action.fireAt?.getTime() ?? 0 };
  }
  if (action.actionType === ActionType.CallEntity) return entityStep(number, action, operationRequest('call', action));
  if (action.actionType === ActionType.LockEntities) return entityStep(number, action, lockRequest(action));
  if (action.actionType === ActionType.CallHttp) return { number, kind: 'http', action, http: httpStep(task, action) };
  return { number, kind: kindOf(action), action };
}

/**
 * The package numbers a poll together with the timer before it, as soon as the answer before that is there, and repeats
 * the first request in it: when and where to poll is left to the host.
 */
function httpStep(task: PackageTask, { httpRequest: call }: TaskAction): HttpStep {
  if (call === undefined) throw new Error('the durable-functions package makes an HTTP call without a request');
  const siblings = isPolling(task.parent) ? (task.parent?.children ?? []) : [];
  const position = siblings.indexOf(task);
  if (position < 2) return { call };
  const answer = siblings[position - 2]?.result as HttpCallResult;
  return { call: pollOf(call, answer), afterTimer: Number(siblings[position - 1]?.id) };
}

function isPolling(parent: PackageTask | undefined): boolean {
  return parent?.actionObj !== 'noOp' && parent?.actionObj?.actionType === ActionType.CallHttp;
}

function entityStep(number: number, action: TaskAction, entity: EntityRequest): NumberedStep {
  return { number, kind: 'entity', action, entity };
}

/** Steps that nobody can wait for. Giving back a lock takes a number for each entity, in their order. */
function unawaitedSteps(action: TaskAction, executor: Executor): NumberedStep[] {
  const number = executor.sequenceNumber;
  if (action.actionType === ActionType.SignalEntity) {
    return [entityStep(number, action, operationRequest('signal', action))];
  }
  if (action.actionType !== ActionType.ReleaseEntities) throw unknownAction(action);
  const locked = executor.context.currentLock?.ownedLocks ?? [];
  return locked.map((id, index) => entityStep(number + index, action, { kind: 'release', target: formatEntityId(id) }));
}

function unknownAction({ actionType }: TaskAction): Error {
  return new Error(
    `the durable-functions package asks for an action of type ${actionType}, which this host does not know`,
  );
}

function kindOf(action: TaskAction): 'activity' | 'orchestration' {
  switch (action.actionType) {
    case ActionType.CallActivity:
    case ActionType.CallActivityWithRetry:
      return 'activity';
    case ActionType.CallSubOrchestrator:
    case ActionType.CallSubOrchestratorWithRetry:
      return 'orchestration';
    default:
      throw unknownAction(action);
  }
}

/** A retried call takes a number for each back-off timer (odd position) and for each further try (even position). */
function retryStep(number: number, task: PackageTask, executor: Executor): NumberedStep {
  const parent = task.parent;
  const action = parent?.innerTask?.actionObj;
  const options = parent?.retryOptions;
  if (parent?.children === undefined || options === undefined || action === undefined || action === 'noOp') {
    throw new Error('the durable-functions package numbers retries in a way that this host does not know');
  }
  const position = parent.children.indexOf(task);
  const isTimer = position % 2 === 1;
  const retry = {
    options,
    firstTry: Number(parent.children[0]?.id),
    lastTry: Number(parent.children[position - (isTimer ? 1 : 2)]?.id),
  };
  if (!isTimer) return { number, kind: kindOf(action), action, retry };
  const fireAtMs = executor.context.currentUtcDateTime.getTime() + retryDelayMs(options, (position + 1) / 2);
  return { number, kind: 'timer', action: { actionType: ActionType.CreateTimer }, fireAtMs, retry };
}

/** Milliseconds to wait after failed attempt number `attempt` (from 1): first × coefficient^(attempt - 1), capped. */
export function retryDelayMs(options: RetryOptions, attempt: number): number {
  const delayMs = options.firstRetryIntervalInMilliseconds * (options.backoffCoefficient ?? 1) ** (attempt - 1);
  return Math.min(delayMs, options.maxRetryIntervalInMilliseconds ?? Number.POSITIVE_INFINITY);
}
