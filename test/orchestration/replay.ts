import { DummyOrchestrationContext, type OrchestrationHandler } from 'durable-functions';
import { createOrchestrator, DurableOrchestrationInput } from 'durable-functions/lib/src/util/testingUtils.js';
import type { Call } from './stepper.ts';

/** What the package tells the host to do. Numbers of action types and events are the package's. */
interface Action {
  actionType: number;
  functionName?: string;
  input?: unknown;
  instanceId?: string;
  operation?: string;
  fireAt?: string;
  compoundActions?: Action[];
}

interface State {
  isDone: boolean;
  actions: Action[][];
  output: unknown;
}

const ACTIVITY = 0;
const CHILD = 2;
const CONTINUE_AS_NEW = 4;
const TIMER = 5;
const CALL_ENTITY = 7;
const SIGNAL_ENTITY = 9;
const WHEN_ANY = 11;
const WHEN_ALL = 12;
const REPLAY_SCHEMA_V4 = 3;

interface Options {
  /** Which of the open calls is answered next; the first when left out. */
  pick?: (open: readonly Call[]) => number;
  /** Is shown what is open before each answer. */
  watch?: (open: readonly Call[]) => void;
}

/** What came of an orchestrator that was replayed to its end. */
export interface Replayed {
  calls: Call[];
  output: unknown;
  continuedWith: unknown;
  error: Error | undefined;
  /** Events of the history when it ended. */
  historyLength: number;
}

/**
 * Runs an orchestrator through the package's real replay, as the host in Azure does: after each event the whole
 * history is replayed, and the host goes through the list of actions that comes back, starts and numbers what is new,
 * and stops at the first that has not ended. Numbers that the package and the host do not agree on end in wrong answers.
 */
export async function replay(
  orchestrator: OrchestrationHandler,
  input: unknown,
  answer: (call: Call) => unknown,
  { pick = () => 0, watch }: Options = {},
): Promise<Replayed> {
  const host = new Host(orchestrator, input);
  for (;;) {
    const end = await host.runEpisode();
    if (end) return end;
    watch?.(host.open);
    const call = host.open[pick(host.open) % host.open.length];
    if (!call) throw new Error('the orchestrator waits for nothing that could come');
    host.answer(call, answer);
  }
}

class Host {
  readonly #orchestrator: OrchestrationHandler;
  readonly #input: unknown;
  readonly #history: object[] = [];
  readonly #calls: Call[] = [];
  readonly #ended = new Set<number>();
  #fresh: object[] = [{ EventType: 0 }];
  #nowMs = Date.parse('2026-01-01T00:00:00.000Z');

  constructor(orchestrator: OrchestrationHandler, input: unknown) {
    this.#orchestrator = orchestrator;
    this.#input = input;
  }

  get open(): Call[] {
    return this.#calls.filter((_, number) => !this.#ended.has(number));
  }

  /** Replays all there is; the end when the orchestrator has come to one. */
  async runEpisode(): Promise<Replayed | undefined> {
    this.#record({ EventType: 12 }, ...this.#fresh);
    this.#fresh = [];
    const result = { calls: this.#calls, output: undefined, continuedWith: undefined, error: undefined };
    let state: State;
    try {
      state = await this.#execute();
    } catch (error) {
      return { ...result, error: error as Error, historyLength: this.#history.length };
    }
    const again = this.#perform(state.actions[0] ?? []);
    this.#record({ EventType: 13 });
    if (!state.isDone) return undefined;
    return { ...result, output: state.output, continuedWith: again, historyLength: this.#history.length };
  }

  async #execute(): Promise<State> {
    const trigger = new DurableOrchestrationInput(
      'instance',
      structuredClone(this.#history),
      structuredClone(this.#input),
      '3.00:00:00',
      '6.00:00:00',
      30_000,
      REPLAY_SCHEMA_V4,
    );
    const context = new DummyOrchestrationContext('orchestrator', 'invocation', () => undefined);
    const state = await createOrchestrator(this.#orchestrator)(trigger, context);
    return JSON.parse(JSON.stringify(state)) as State;
  }

  /** Goes through the actions up to the first that has not ended; the input to start anew with, if one says so. */
  #perform(actions: Action[]): unknown {
    const numbers = { next: 0 };
    for (const action of actions) {
      if (action.actionType === CONTINUE_AS_NEW) return action.input;
      if (!this.#start(action, numbers)) break;
    }
    return undefined;
  }

  /** Makes sure that an action was started; whether it has ended. */
  #start(action: Action, numbers: { next: number }): boolean {
    if (action.actionType === WHEN_ANY || action.actionType === WHEN_ALL) {
      const ended = (action.compoundActions ?? []).map((one) => this.#start(one, numbers));
      return action.actionType === WHEN_ANY ? ended.includes(true) : !ended.includes(false);
    }
    const number = numbers.next++;
    const call = callOf(action, this.#nowMs);
    const known = this.#calls[number];
    if (known === undefined) {
      this.#calls.push(call);
      const sent = JSON.stringify({ id: `request-${number}`, op: call.name });
      const type = { activity: 4, child: 7, timer: 10, entity: 14, signal: 14 }[call.kind];
      this.#record({ EventType: type, EventId: number, Input: sent });
      // Nobody answers a signal, and nobody waits for it.
      if (call.kind === 'signal') this.#ended.add(number);
    } else if (known.name !== call.name || known.instanceId !== call.instanceId) {
      throw new Error(`action ${number} was ${known.name} and is ${call.name} on replay`);
    }
    return this.#ended.has(number);
  }

  answer(call: Call, answer: (call: Call) => unknown): void {
    const number = this.#calls.indexOf(call);
    this.#ended.add(number);
    if (call.kind === 'timer') {
      this.#nowMs += call.delayMs ?? 0;
      this.#fresh.push({ EventType: 11, TimerId: number });
      return;
    }
    if (call.kind === 'entity') {
      this.#fresh.push({ EventType: 15, Name: `request-${number}`, Input: JSON.stringify(resultOf(call, answer)) });
      return;
    }
    const [completed, failed] = call.kind === 'activity' ? [5, 6] : [8, 9];
    try {
      this.#fresh.push({ EventType: completed, TaskScheduledId: number, Result: JSON.stringify(answer(call)) });
    } catch (error) {
      const { message } = error as Error;
      this.#fresh.push({ EventType: failed, TaskScheduledId: number, Reason: message, Details: '' });
    }
  }

  #record(...events: object[]): void {
    const Timestamp = new Date(this.#nowMs).toISOString();
    for (const event of events) this.#history.push({ EventId: -1, IsPlayed: false, Timestamp, ...event });
  }
}

/** An entity's answer as it crosses: the result as JSON text, or the text of what was thrown. */
function resultOf(call: Call, answer: (call: Call) => unknown): { result: string; exceptionType?: string } {
  try {
    return { result: JSON.stringify(answer(call)) };
  } catch (error) {
    return { result: JSON.stringify((error as Error).message), exceptionType: 'Error' };
  }
}

function callOf(action: Action, nowMs: number): Call {
  const { functionName = 'timer', instanceId, fireAt } = action;
  switch (action.actionType) {
    case ACTIVITY:
      return { kind: 'activity', name: functionName, input: action.input, instanceId: undefined, delayMs: undefined };
    case CHILD:
      return { kind: 'child', name: functionName, input: action.input, instanceId, delayMs: undefined };
    case CALL_ENTITY:
    case SIGNAL_ENTITY: {
      const [, name, key] = (instanceId ?? '').split('@');
      const kind = action.actionType === CALL_ENTITY ? 'entity' : 'signal';
      const operation = { name: `${name}.${action.operation}`, input: action.input };
      return { kind, ...operation, instanceId: key, delayMs: undefined };
    }
    case TIMER: {
      const delayMs = Date.parse(fireAt ?? '') - nowMs;
      return { kind: 'timer', name: 'timer', input: null, instanceId: undefined, delayMs };
    }
    default:
      throw new Error(`action type ${action.actionType} is not known here`);
  }
}
