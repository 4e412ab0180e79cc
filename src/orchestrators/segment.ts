import type { OrchestrationContext, Task } from 'durable-functions';
import type { Orchestrators } from '../domain/activities.ts';
import { formatBatchPath, instanceIds } from '../domain/names.ts';
import { type Step, startChild } from './call.ts';
import { slide } from './slide.ts';

/** At most 20 batches of a transfer through a sliding window; it exists to keep histories short. */
export function* segmentOrchestrator(context: OrchestrationContext): Step<Orchestrators['segment']['output']> {
  const { transfer, first, last, window } = context.df.getInput<Orchestrators['segment']['input']>();
  const starts = Array.from({ length: last - first + 1 }, (_, index) => () => {
    const path = formatBatchPath(first + index);
    return startChild(context, 'batch', { transfer, path }, instanceIds.batch(transfer, path));
  });
  return { stopped: yield* slide(context, window, starts, wasStopped) };
}

function wasStopped(ended: Task): boolean {
  return !ended.isFaulted && (ended.result as Orchestrators['batch']['output']).stopped;
}
