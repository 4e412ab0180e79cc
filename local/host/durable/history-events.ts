/** Kinds of history events, by the numbers that the durable-functions package reads. */
export const EventType = {
  ExecutionStarted: 0,
  ExecutionCompleted: 1,
  ExecutionFailed: 2,
  ExecutionTerminated: 3,
  TaskScheduled: 4,
  TaskCompleted: 5,
  TaskFailed: 6,
  SubOrchestrationInstanceCreated: 7,
  SubOrchestrationInstanceCompleted: 8,
  SubOrchestrationInstanceFailed: 9,
  TimerCreated: 10,
  TimerFired: 11,
  OrchestratorStarted: 12,
  OrchestratorCompleted: 13,
  EventSent: 14,
  EventRaised: 15,
  ContinueAsNew: 16,
  GenericEvent: 17,
  HistoryState: 18,
  ExecutionSuspended: 19,
  ExecutionResumed: 20,
} as const;

const NAMES = new Map<number, string>(Object.entries(EventType).map(([name, number]) => [number, name]));

/** Why a task failed, for callers that want more than a message. */
export interface FailureDetails {
  ErrorType: string;
  ErrorMessage: string;
  StackTrace?: string;
  IsNonRetriable?: boolean;
  Properties?: unknown;
  InnerFailure?: FailureDetails;
}

/** One event of a history, spelled as the package reads it. Fields beyond the first four depend on the kind. */
export interface HistoryEvent {
  EventType: number;
  /** Of scheduling events: the number that the orchestrator's step took. -1 elsewhere. */
  EventId: number;
  IsPlayed: boolean;
  /** ISO text; the package turns it into a Date in place. */
  Timestamp: string | Date;
  Name?: string;
  Version?: string;
  /** JSON text. */
  Input?: string | null;
  /** JSON text; never absent where a task completed. */
  Result?: string | null;
  Reason?: string;
  Details?: string;
  FailureDetails?: FailureDetails;
  TaskScheduledId?: number;
  TimerId?: number;
  FireAt?: string;
  InstanceId?: string;
  OrchestrationStatus?: string;
  ParentInstance?: { OrchestrationInstance: { InstanceId: string }; TaskScheduleId: number } | null;
}

/** A new event, with the time that `fields` or the clock gives. */
export function historyEvent(
  type: number,
  fields: Partial<Omit<HistoryEvent, 'EventType' | 'IsPlayed'>> = {},
): HistoryEvent {
  return { EventType: type, EventId: -1, IsPlayed: false, Timestamp: new Date().toISOString(), ...fields };
}

/** The name of an event's kind, for display. */
export function eventTypeName(type: number): string {
  return NAMES.get(type) ?? String(type);
}

/** Whether an event tells of work that a numbered step asked for. */
export function isSchedulingEvent(event: HistoryEvent): boolean {
  return (
    event.EventType === EventType.TaskScheduled ||
    event.EventType === EventType.SubOrchestrationInstanceCreated ||
    event.EventType === EventType.TimerCreated ||
    event.EventType === EventType.EventSent
  );
}

/** What an answering event answers, the same text for the same step; `undefined` for events that answer no step. */
export function answerKey(event: HistoryEvent): string | undefined {
  if (event.TaskScheduledId !== undefined) return `task ${event.TaskScheduledId}`;
  if (event.TimerId !== undefined) return `timer ${event.TimerId}`;
  return undefined;
}
