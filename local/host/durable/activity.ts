import type { InputDatum, RegisteredFunction } from '../app-model.ts';
import { messageOf, stackOf } from '../errors.ts';
import type { Invoker } from '../invoke.ts';
import type { Log } from '../log.ts';
import { jsonText, plainValue } from '../typed-data.ts';
import type { WorkItem } from './durable-store.ts';
import type { FunctionTable } from './function-table.ts';
import { EventType, type FailureDetails, type HistoryEvent, historyEvent } from './history-events.ts';
import { HTTP_ACTIVITY, type HttpCall } from './http-call.ts';
import { runHttpCall } from './run-http-call.ts';

/** What running activities needs. */
export interface ActivityParts {
  functions: FunctionTable;
  invoker: Invoker;
  log: Log;
  clientInputs(fn: RegisteredFunction): InputDatum[];
}

/** Runs an activity and gives the event that answers its step. Never throws: a failure is an answer, too. */
export async function runActivity(parts: ActivityParts, item: WorkItem): Promise<HistoryEvent> {
  try {
    if (item.name === HTTP_ACTIVITY) {
      const result = await runHttpCall(JSON.parse(item.input) as HttpCall);
      return historyEvent(EventType.TaskCompleted, { TaskScheduledId: item.step, Result: jsonText(result) });
    }
    const { fn, bindingName } = parts.functions.activity(item.name);
    const response = await parts.invoker.call(fn, {
      inputData: [{ name: bindingName, data: { json: item.input } }, ...parts.clientInputs(fn)],
      triggerMetadata: { instanceId: { string: JSON.stringify(item.instanceId) } },
    });
    const Result = jsonText(plainValue(response.returnValue));
    return historyEvent(EventType.TaskCompleted, { TaskScheduledId: item.step, Result });
  } catch (error) {
    const message = messageOf(error);
    parts.log('warning', `Function.${item.name}`, `activity of instance '${item.instanceId}' failed: ${message}`);
    return failureEvent(item, error);
  }
}

function failureEvent(item: WorkItem, error: unknown): HistoryEvent {
  const details = parseFailureDetails(messageOf(error));
  const Reason = `Activity function '${item.name}' failed: ${details?.ErrorMessage ?? messageOf(error)}`;
  const fields = { TaskScheduledId: item.step, Reason, Details: stackOf(error) };
  return historyEvent(EventType.TaskFailed, details === undefined ? fields : { ...fields, FailureDetails: details });
}

/** With an exception-properties provider, the package puts an error's details as JSON into its message. */
export function parseFailureDetails(message: string): FailureDetails | undefined {
  if (!message.startsWith('{')) return undefined;
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(message) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  if (typeof json.errorType !== 'string') return undefined;
  return {
    ErrorType: json.errorType,
    ErrorMessage: String(json.errorMessage ?? ''),
    StackTrace: typeof json.stackTrace === 'string' ? json.stackTrace : '',
    IsNonRetriable: json.isNonRetriable === true,
    Properties: json.properties ?? null,
  };
}
