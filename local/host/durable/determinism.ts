import { entityRequestName } from './entity-request.ts';
import { EventType, type HistoryEvent } from './history-events.ts';
import { HTTP_ACTIVITY } from './http-call.ts';
import type { NumberedStep } from './numbering.ts';

/**
 * Compares what an orchestrator did when it first ran with what it does in this replay. Gives the sentence for the
 * first step that differs (in kind or function name, or that is not reached any more), or `undefined`. Without this
 * the package would hand answers to whatever task now holds the number.
 */
export function findDivergence(
  orchestrator: string,
  instanceId: string,
  scheduled: ReadonlyMap<number, HistoryEvent>,
  steps: readonly (NumberedStep | undefined)[],
): string | undefined {
  for (const [number, event] of scheduled) {
    const step = steps[number];
    if (step !== undefined && isSameStep(event, step)) continue;
    const now = step === undefined ? 'is not reached any more' : `is now ${describeStep(step)}`;
    return (
      `Non-deterministic orchestrator '${orchestrator}' (instance '${instanceId}'): step ${number} was ` +
      `${describeEvent(event)} when it first ran and ${now}. An orchestrator must take the same steps in every replay: ` +
      'no clock, randomness, I/O or changing state, and no other order of yields under running instances.'
    );
  }
  return undefined;
}

function isSameStep(event: HistoryEvent, step: NumberedStep): boolean {
  switch (event.EventType) {
    case EventType.TaskScheduled:
      return taskName(step) === event.Name;
    case EventType.SubOrchestrationInstanceCreated:
      return step.kind === 'orchestration' && step.action.functionName === event.Name;
    case EventType.EventSent:
      return step.entity?.target === event.InstanceId && describeStep(step) === describeEvent(event);
    default:
      return step.kind === 'timer';
  }
}

function taskName(step: NumberedStep): string | undefined {
  if (step.kind === 'http') return HTTP_ACTIVITY;
  return step.kind === 'activity' ? step.action.functionName : undefined;
}

function describeEvent(event: HistoryEvent): string {
  switch (event.EventType) {
    case EventType.TaskScheduled:
      return event.Name === HTTP_ACTIVITY ? 'an HTTP call' : `activity '${event.Name}'`;
    case EventType.SubOrchestrationInstanceCreated:
      return `sub-orchestration '${event.Name}'`;
    case EventType.EventSent:
      return `'${event.Name}' of entity '${event.InstanceId}'`;
    default:
      return 'a timer';
  }
}

function describeStep(step: NumberedStep): string {
  switch (step.kind) {
    case 'activity':
      return `activity '${step.action.functionName}'`;
    case 'orchestration':
      return `sub-orchestration '${step.action.functionName}'`;
    case 'timer':
      return 'a timer';
    case 'http':
      return 'an HTTP call';
    case 'entity':
      return step.entity ? `'${entityRequestName(step.entity)}' of entity '${step.entity.target}'` : 'an entity';
  }
}
