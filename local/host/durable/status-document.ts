import { parseJson } from '../typed-data.ts';
import { EventType, eventTypeName, type HistoryEvent } from './history-events.ts';
import type { InstanceRow } from './instance-row.ts';

/** What of an instance its caller wants to see. */
export interface StatusOptions {
  showInput: boolean;
  /** Shown when given. */
  history?: readonly HistoryEvent[];
  showHistoryOutput?: boolean;
}

/** The status of an instance as the webhooks tell it. The package reads `history`, other callers `historyEvents`. */
export function statusDocument(row: InstanceRow, options: StatusOptions): Record<string, unknown> {
  const document = {
    name: row.name,
    instanceId: row.id,
    runtimeStatus: row.status,
    input: options.showInput ? parseJson(row.input) : null,
    customStatus: parseJson(row.customStatus),
    output: parseJson(row.output),
    createdTime: wholeSeconds(row.created),
    lastUpdatedTime: wholeSeconds(row.updated),
  };
  if (options.history === undefined) return document;
  const historyEvents = displayedHistory(options.history, options);
  return { ...document, historyEvents, history: historyEvents };
}

function wholeSeconds(isoTime: string): string {
  return `${isoTime.slice(0, 19)}Z`;
}

const HIDDEN_EVENTS = new Set<number>([
  EventType.TaskScheduled,
  EventType.SubOrchestrationInstanceCreated,
  EventType.OrchestratorStarted,
  EventType.OrchestratorCompleted,
]);

function displayedHistory(events: readonly HistoryEvent[], options: StatusOptions): Record<string, unknown>[] {
  const scheduled = new Map(
    events
      .filter(({ EventType: type }) => HIDDEN_EVENTS.has(type))
      .filter(({ EventId }) => EventId >= 0)
      .map((event) => [event.EventId, event]),
  );
  return events
    .filter(({ EventType: type }) => !HIDDEN_EVENTS.has(type))
    .map((event) => displayedEvent(event, scheduled, options));
}

function displayedEvent(
  event: HistoryEvent,
  scheduled: ReadonlyMap<number, HistoryEvent>,
  options: StatusOptions,
): Record<string, unknown> {
  const { EventId, IsPlayed, TaskScheduledId, TimerId, Version, ParentInstance, Input, Result, ...shown } = event;
  const document: Record<string, unknown> = { ...shown, EventType: eventTypeName(event.EventType) };
  const origin = TaskScheduledId === undefined ? undefined : scheduled.get(TaskScheduledId);
  if (origin !== undefined) Object.assign(document, { ScheduledTime: origin.Timestamp, FunctionName: origin.Name });
  if (options.showHistoryOutput && Result !== undefined) document.Result = parseJson(Result);
  if (options.showInput && Input !== undefined) document.Input = parseJson(Input);
  return document;
}
