import type { OrchestrationContext, Task } from 'durable-functions';

/** What is private in the package's tasks and needed here; the package's version is pinned. */
interface PackageTask extends Task {
  actionObj: unknown;
  /** A yield has reached it before: the host knows it. */
  alreadyScheduled: boolean;
}

interface PackageAny extends Task {
  actionObj: { compoundActions: unknown[] };
}

/** A `WhenAll` of nothing, which the host takes for done at once. */
const DONE = { actionType: 12, compoundActions: [] };

/**
 * `Task.any` for tasks of which some run already. The package tells the host all of them again, and the host, which
 * knows no tasks but a list of what to start and wait for, would start those that run a second time and number the
 * rest wrongly (azure-functions-durable-js, issue 574). So only the new ones are told. And none of them is waited for
 * there, or what is started after them would have to wait until one has ended: that this orchestrator still waits, the
 * host knows from its not being done.
 */
export function anyOf(context: OrchestrationContext, tasks: Task[]): Task {
  const any = context.df.Task.any(tasks) as PackageAny;
  const fresh = (tasks as PackageTask[]).filter((task) => !task.alreadyScheduled);
  any.actionObj.compoundActions = [...fresh.map((task) => task.actionObj), DONE];
  return any;
}
