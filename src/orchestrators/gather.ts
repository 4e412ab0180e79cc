import type { OrchestrationContext } from 'durable-functions';
import type { ActivityResult, Orchestrators } from '../domain/activities.ts';
import { collectTimeOf } from '../domain/route/push.ts';
import { insist, type Step } from './call.ts';

/**
 * Waits until a window of pushes has closed, then starts the transfer that they become. They are dropped only after
 * that: whatever breaks off in between is done again and starts the same transfer.
 */
export function* gatherOrchestrator(context: OrchestrationContext): Step<null> {
  const { closesAt, ...target } = context.df.getInput<Orchestrators['gather']['input']>();
  yield context.df.createTimer(collectTimeOf({ closesAt }));
  for (;;) {
    const { transfer } = must(target.window, yield* insist(context, 'collectPushes', target));
    if (transfer === null) return null;
    must(target.window, yield* insist(context, 'startTransfer', { transfer }));
    must(target.window, yield* insist(context, 'dropPushes', { ...target, transfer }));
  }
}

function must<T>(window: string, result: ActivityResult<T>): T {
  if (result.ok) return result.value;
  throw new Error(`pushes of ${window}: ${result.failure.code}: ${result.failure.message}`);
}
