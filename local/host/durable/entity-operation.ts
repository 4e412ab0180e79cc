import type { InputDatum, RegisteredFunction } from '../app-model.ts';
import { messageOf } from '../errors.ts';
import type { Invoker } from '../invoke.ts';
import type { Log } from '../log.ts';
import { objectData } from '../typed-data.ts';
import { parseEntityId } from './entity-id.ts';
import type { EntityMessage, EntityRow } from './entity-store.ts';
import type { FunctionTable } from './function-table.ts';

/** What running operations needs. */
export interface OperationParts {
  functions: FunctionTable;
  invoker: Invoker;
  log: Log;
  clientInputs(fn: RegisteredFunction): InputDatum[];
  /** Whether an operation that throws leaves the state, and the signals it would have sent, as if it had not run. */
  rollsBack: boolean;
}

/** A signal that an operation sends. `input` is JSON text. */
export interface EntitySignal {
  target: { name: string; key: string };
  operation: string;
  input: string | null;
}

/** What an operation did. `answer` is JSON text, absent when it returned nothing. */
export interface OperationOutcome {
  isExisting: boolean;
  state: string | null;
  isError: boolean;
  answer: string | undefined;
  signals: EntitySignal[];
}

/** What the package gives for a batch of operations. */
interface EntityState {
  entityExists: boolean;
  entityState?: string | null;
  results: { isError: boolean; result?: string }[];
  signals: { target: { name: string; key: string }; name: string; input: string }[];
}

type Operation = EntityMessage & { kind: 'operation' };

/**
 * Runs one operation of an entity. Each is a call of its own: the package keeps the answers of a batch in one list and
 * mixes them up when an operation returns twice. Never throws: what goes wrong is the outcome.
 */
export async function runOperation(
  parts: OperationParts,
  entity: EntityRow,
  message: Operation,
): Promise<OperationOutcome> {
  const before = { isExisting: entity.isExisting, state: entity.state };
  try {
    const { entityExists, entityState, results, signals } = await callEntity(parts, entity, message);
    const { isError = false, result: answer } = results[0] ?? {};
    if (isError) logFailure(parts, entity, message, answer ?? '');
    if (isError && parts.rollsBack) return { ...before, isError, answer, signals: [] };
    const state = entityExists ? (entityState ?? null) : null;
    return { isExisting: entityExists, state, isError, answer, signals: signals.map(signalOf) };
  } catch (error) {
    logFailure(parts, entity, message, messageOf(error));
    return { ...before, isError: true, answer: JSON.stringify(messageOf(error)), signals: [] };
  }
}

async function callEntity(parts: OperationParts, entity: EntityRow, message: Operation): Promise<EntityState> {
  const { id, operation, input, caller } = message;
  const self = parseEntityId(entity.id);
  const { fn, bindingName } = parts.functions.entity(self.name);
  const batch = [{ id, name: operation, input, isSignal: caller === undefined }];
  const data = objectData({ self, exists: entity.isExisting, state: entity.state, batch });
  const request = { inputData: [{ name: bindingName, data }, ...parts.clientInputs(fn)] };
  return (await parts.invoker.callForResult(fn, request)) as EntityState;
}

function signalOf({ target, name, input }: EntityState['signals'][number]): EntitySignal {
  return { target: { name: target.name, key: target.key }, operation: name, input: input === '' ? null : input };
}

function logFailure({ log }: OperationParts, { id }: EntityRow, { operation }: Operation, why: string): void {
  log('warning', 'Host.Durable', `operation '${operation}' of entity '${id}' failed: ${why}`);
}
