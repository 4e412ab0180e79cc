import type { EntityId, OrchestrationContext, OrchestrationHandler, Task } from 'durable-functions';

/** Something that an orchestrator asked for: an activity, a child orchestrator, an operation of an entity or a timer. */
export interface Call {
  kind: 'activity' | 'child' | 'entity' | 'signal' | 'timer';
  /** Name of the activity or orchestrator, `entity.operation` of an entity (in lower case, as the package has it); `timer` for a timer. */
  name: string;
  /** As it crosses to the other side: plain data. */
  input: unknown;
  /** Of an entity: its key. */
  instanceId: string | undefined;
  /** Timers: milliseconds from the moment it was asked for until it fires. */
  delayMs: number | undefined;
}

/** What an orchestrator is told; a timer fires with `undefined`. Thrown: the task fails with that error. */
export type Answer = (call: Call) => unknown;

class FakeTask implements Task {
  isCompleted = false;
  isFaulted = false;
  alreadyScheduled = false;
  result: unknown;
  readonly call: Call | undefined;
  readonly children: readonly FakeTask[];
  readonly actionObj: object;

  constructor(call: Call | undefined, children: readonly FakeTask[] = []) {
    this.call = call;
    this.children = children;
    this.actionObj = { compoundActions: children.map((child) => child.actionObj) };
  }

  /** The package's way: a task that failed is not `isCompleted`. */
  get hasEnded(): boolean {
    return this.isCompleted || this.isFaulted;
  }

  end(result: unknown, isFaulted: boolean): void {
    this.result = result;
    this.isFaulted = isFaulted;
    this.isCompleted = !isFaulted;
  }
}

const START = new Date('2026-01-01T00:00:00.000Z');

/**
 * Drives an orchestrator by hand: what it asks for is in `calls`, what has not been answered in `open`; `complete`,
 * `fail` and `fire` answer one call each. Time passes only by timers that fire, and by `advance`.
 */
export class Stepper {
  /** All that was asked for, in order. */
  readonly calls: Call[] = [];
  /** What was asked for and not answered, in order. */
  readonly open: Call[] = [];
  isDone = false;
  output: unknown;
  /** What the orchestrator threw. */
  error: Error | undefined;
  /** The input it starts anew with, when it asked for that. */
  continuedWith: unknown;
  /** What it logged, whatever the level. */
  readonly logs: unknown[] = [];
  readonly #generator: Generator<Task, unknown, unknown>;
  readonly #tasks = new Map<Call, FakeTask>();
  readonly #df: Record<string, unknown>;
  #waiting: FakeTask | undefined;

  constructor(orchestrator: OrchestrationHandler, input: unknown) {
    this.#df = {
      currentUtcDateTime: START,
      instanceId: 'instance',
      isReplaying: false,
      getInput: () => plain(input),
      callActivity: (name: string, given: unknown) => newTask({ kind: 'activity', name, input: plain(given) }),
      callSubOrchestrator: (name: string, given: unknown, instanceId: string) =>
        newTask({ kind: 'child', name, input: plain(given), instanceId }),
      callEntity: ({ name, key }: EntityId, operation: string, given: unknown) =>
        newTask({ kind: 'entity', name: `${name.toLowerCase()}.${operation}`, input: plain(given), instanceId: key }),
      signalEntity: ({ name, key }: EntityId, operation: string, given: unknown) => {
        const signal = {
          name: `${name.toLowerCase()}.${operation}`,
          input: plain(given),
          instanceId: key,
          delayMs: undefined,
        };
        this.calls.push({ kind: 'signal', ...signal });
      },
      createTimer: (fireAt: Date) =>
        newTask({ kind: 'timer', name: 'timer', input: null, delayMs: fireAt.getTime() - this.now.getTime() }),
      continueAsNew: (given: unknown) => {
        this.continuedWith = plain(given);
      },
      Task: { any: (tasks: FakeTask[]) => new FakeTask(undefined, tasks) },
    };
    const log = (...parts: unknown[]) => this.logs.push(...parts);
    const context = { df: this.#df, log, trace: log, debug: log, info: log, warn: log, error: log };
    this.#generator = orchestrator(context as unknown as OrchestrationContext);
    this.#resume(() => this.#generator.next());
  }

  get now(): Date {
    return this.#df.currentUtcDateTime as Date;
  }

  /** Lets time pass without an event. */
  advance(milliseconds: number): void {
    this.#df.currentUtcDateTime = new Date(this.now.getTime() + milliseconds);
  }

  /** The first open call of that name. */
  find(name: string): Call {
    const found = this.open.find((call) => call.name === name);
    if (found) return found;
    throw new Error(`no open call of ${name}; open: ${this.open.map((call) => call.name).join(', ') || 'none'}`);
  }

  complete(call: Call, result?: unknown): void {
    this.#end(call, plain(result), false);
  }

  fail(call: Call, error: Error): void {
    this.#end(call, error, true);
  }

  /** Fires a timer and lets its time pass. */
  fire(timer: Call): void {
    this.advance(timer.delayMs ?? 0);
    this.complete(timer);
  }

  #end(call: Call, result: unknown, isFaulted: boolean): void {
    const task = this.#tasks.get(call);
    const place = this.open.indexOf(call);
    if (!task || place < 0) throw new Error(`${call.name} is not open`);
    this.open.splice(place, 1);
    task.end(result, isFaulted);
    const waiting = this.#waiting;
    if (waiting === task) {
      this.#resume(() => (isFaulted ? this.#generator.throw(result) : this.#generator.next(result)));
    } else if (waiting?.children.includes(task)) {
      waiting.end(task, false);
      this.#resume(() => this.#generator.next(task));
    }
  }

  #resume(step: () => IteratorResult<Task, unknown>): void {
    try {
      const { done, value } = step();
      this.isDone = done === true;
      if (done) this.output = plain(value);
      else this.#wait(value as FakeTask);
    } catch (error) {
      this.isDone = true;
      this.error = error as Error;
    }
  }

  #wait(task: FakeTask): void {
    this.#waiting = task;
    for (const one of [task, ...task.children]) {
      if (one.call && !one.alreadyScheduled) {
        this.calls.push(one.call);
        this.open.push(one.call);
        this.#tasks.set(one.call, one);
      }
      one.alreadyScheduled = true;
    }
    // An atomic task may be waited for again; a compound one does not look at children that have ended.
    if (task.call && task.hasEnded) {
      this.#resume(() => (task.isFaulted ? this.#generator.throw(task.result) : this.#generator.next(task.result)));
    }
  }
}

function newTask(call: Pick<Call, 'kind' | 'name' | 'input'> & Partial<Call>): FakeTask {
  return new FakeTask({ instanceId: undefined, delayMs: undefined, ...call });
}

/** What is left of a value after it was written down and read again. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

const MAX_STEPS = 10_000;

/** Runs an orchestrator to its end: the oldest open call is answered first, timers fire. */
export function run(orchestrator: OrchestrationHandler, input: unknown, answer: Answer): Stepper {
  const stepper = new Stepper(orchestrator, input);
  for (let steps = 0; !stepper.isDone; steps++) {
    const call = stepper.open[0];
    if (!call || steps > MAX_STEPS) throw new Error('the orchestrator waits for nothing that could come');
    answerOne(stepper, call, answer);
  }
  return stepper;
}

function answerOne(stepper: Stepper, call: Call, answer: Answer): void {
  if (call.kind === 'timer') {
    stepper.fire(call);
    return;
  }
  let result: unknown;
  try {
    result = answer(call);
  } catch (error) {
    stepper.fail(call, error as Error);
    return;
  }
  stepper.complete(call, result);
}

/** The names of what was asked for, in order, without the look at the control that comes before every step. */
export function namesOf(stepper: Stepper): string[] {
  return stepper.calls.map(({ name }) => name).filter((name) => name !== 'readControl');
}
