import { type InputDatum, type RegisteredFunction, triggerOf } from '../app-model.ts';
import { MalformedEventError, parseValidationCode } from '../blob/blob-events.ts';
import { stackOf } from '../errors.ts';
import type { Invoker } from '../invoke.ts';
import type { Log } from '../log.ts';
import { jsonData } from '../typed-data.ts';

/** A call of `/runtime/webhooks/eventgrid` whose key was good. */
export interface EventGridRequest {
  /** The header `aeg-event-type`. */
  eventType: string | undefined;
  /** Of the query; as the subscription has it, compared with case. */
  functionName: string | undefined;
  body: string;
}

/** What it is answered with: JSON, text, or nothing. */
export interface EventGridAnswer {
  status: number;
  json?: object;
  text?: string;
}

export interface EventGridParts {
  functions: readonly RegisteredFunction[];
  invoker: Invoker;
  log: Log;
  clientInputs(fn: RegisteredFunction): InputDatum[];
}

const CATEGORY = 'Host.EventGrid';

/**
 * The webhook of the Event Grid extension. Unlike that for blobs it has no queue: a delivery is answered when the function
 * has run for each of its events, with 500 when it failed for one, and Event Grid sends all of them again.
 */
export class EventGridWebhook {
  readonly #parts: EventGridParts;
  readonly #functions: ReadonlyMap<string, RegisteredFunction>;

  constructor(parts: EventGridParts) {
    this.#parts = parts;
    const told = parts.functions.filter(
      ({ metadata }) => triggerOf(metadata)?.binding.type.toLowerCase() === 'eventgridtrigger',
    );
    this.#functions = new Map(told.map((fn) => [fn.metadata.name, fn]));
  }

  /** Answers a handshake, a delivery or the end of a subscription; anything else is a 400. */
  async handle({ eventType = '', functionName = '', body }: EventGridRequest): Promise<EventGridAnswer> {
    const fn = this.#functions.get(functionName);
    if (fn === undefined) return { status: 404, text: `cannot find function: '${functionName}'` };
    try {
      switch (eventType.toLowerCase()) {
        case 'subscriptionvalidation':
          return { status: 200, json: { validationResponse: parseValidationCode(body) } };
        case 'notification':
          return await this.#deliver(fn, parseEvents(body));
        case 'unsubscribe':
          return { status: 202 };
        default:
          return { status: 400 };
      }
    } catch (error) {
      if (error instanceof MalformedEventError) return { status: 400, text: error.message };
      throw error;
    }
  }

  async #deliver(fn: RegisteredFunction, events: readonly Record<string, unknown>[]): Promise<EventGridAnswer> {
    const { name } = fn.metadata;
    const runs = await Promise.allSettled(events.map((event) => this.#run(fn, event)));
    const failed = runs.filter((run) => run.status === 'rejected');
    for (const { reason } of failed) this.#parts.log('error', CATEGORY, `${name} failed: ${stackOf(reason)}`);
    if (failed.length === 0) return { status: 202 };
    return { status: 500, text: `Exception while executing function: ${name}` };
  }

  async #run(fn: RegisteredFunction, event: Record<string, unknown>): Promise<void> {
    const { invoker, clientInputs } = this.#parts;
    const trigger = triggerOf(fn.metadata)?.name ?? '';
    const inputData = [{ name: trigger, data: jsonData(event) }, ...clientInputs(fn)];
    await invoker.call(fn, { inputData, triggerMetadata: { data: jsonData(event.data) } });
  }
}

/** The events of a delivery: an array in Event Grid's schema, or one CloudEvent. */
function parseEvents(body: string): Record<string, unknown>[] {
  let found: unknown;
  try {
    found = JSON.parse(body);
  } catch {
    throw new MalformedEventError('the body is not valid JSON; allowed: an array of events, or one CloudEvent');
  }
  const events = Array.isArray(found) ? found : [found];
  const isObject = (event: unknown) => typeof event === 'object' && event !== null && !Array.isArray(event);
  if (events.every(isObject)) return events;
  throw new MalformedEventError('an event is no JSON object');
}
