import type { OrchestrationContext, Task } from 'durable-functions';
import { anyOf } from './any-of.ts';
import type { Step } from './call.ts';

/**
 * Runs tasks through a sliding window of `size`: a new one starts whenever one ends, in order. When `isStop` says so
 * of an ended task no further one starts, and those that run are awaited.
 * @returns whether it was stopped
 */
export function* slide(
  context: OrchestrationContext,
  size: number,
  starts: readonly (() => Task)[],
  isStop: (ended: Task) => boolean,
): Step<boolean> {
  const open: Task[] = [];
  let next = 0;
  let stopped = false;
  for (;;) {
    for (; open.length < size && !stopped; next++) {
      const start = starts[next];
      if (!start) break;
      open.push(start());
    }
    if (open.length === 0) return stopped;
    const ended = yield* awaitAny(context, open);
    open.splice(open.indexOf(ended), 1);
    stopped ||= isStop(ended);
  }
}

/**
 * A task that ended before it is awaited would never wake `Task.any`, so it is looked for first. A task that failed is
 * not `isCompleted`, whatever the library's type says.
 */
function* awaitAny(context: OrchestrationContext, open: Task[]): Step<Task> {
  return open.find((task) => task.isCompleted || task.isFaulted) ?? ((yield anyOf(context, open)) as Task);
}
