import type { ActivityResult, RunState } from '../../src/domain/activities.ts';
import type { Failure } from '../../src/domain/errors.ts';
import type { Call } from './stepper.ts';

export function ok<T>(value: T): ActivityResult<T> {
  return { ok: true, value };
}

export function refused(failure: Partial<Failure> = {}, retryAfterMs?: number): ActivityResult<never> {
  const full: Failure = { class: 'service', code: 'BROKEN', message: 'It broke.', ...failure };
  return { ok: false, failure: full, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

export const BUSY = refused({ class: 'transient', code: 'ServerBusy', message: 'Busy.' });

export function runState(status: string, more: Partial<RunState> = {}): ActivityResult<RunState> {
  const isFinal = status === 'Succeeded' || status === 'Failed';
  const rest = { catalogDigest: null, failure: null, retryAfterMs: 0, operationUrl: null };
  return ok({ status, isFinal, succeeded: status === 'Succeeded', ...rest, ...more });
}

type One = unknown | ((call: Call) => unknown);

/** What most tests are not about: nothing was asked of the transfer. */
const USUAL = { readControl: ok(null) };

/**
 * Answers calls by name: with one value always, or with the values of a list one after the other, the last of them
 * from then on. A function makes the answer from the call, and what it throws fails the task.
 */
export function answers(given: Record<string, One | One[]>): (call: Call) => unknown {
  const table: Record<string, One | One[]> = { ...USUAL, ...given };
  const used = new Map<string, number>();
  return (call) => {
    if (!(call.name in table)) throw new Error(`nothing is known to answer ${call.name}`);
    const entry = table[call.name];
    const list = Array.isArray(entry) ? entry : [entry];
    const index = used.get(call.name) ?? 0;
    used.set(call.name, index + 1);
    const one: unknown = list[Math.min(index, list.length - 1)];
    return typeof one === 'function' ? one(call) : one;
  };
}
