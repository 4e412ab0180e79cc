import type { RegisteredFunction } from '../app-model.ts';
import { HostStartError, messageOf } from '../errors.ts';
import { EventType, historyEvent } from './history-events.ts';
import { triggerInput } from './trigger-input.ts';

const METHODS = ['trackOpenTask', 'recordFireAndForgetAction', 'processEvent'] as const;
const PROPERTIES = ['sequenceNumber', 'willContinueAsNew', 'openTasks', 'deferredTasks'] as const;

/**
 * Makes sure that the durable-functions package in the app still has the private names that the host reads (see
 * `numbering.ts`). Calls one orchestrator with a history that ends before its code starts, so that no code of the app
 * runs. Throws {@link HostStartError} naming what is missing.
 */
export async function probeDurablePackage(orchestrator: RegisteredFunction): Promise<void> {
  const context: { df?: { taskOrchestratorExecutor?: Record<string, unknown> } } = {};
  const input = triggerInput(
    { id: 'probe', parentId: null },
    null,
    [historyEvent(EventType.OrchestratorStarted)],
    0,
    1,
  );
  try {
    await orchestrator.callback(input, context);
  } catch (error) {
    throw new HostStartError(`the app's durable-functions package refused a probe: ${messageOf(error)}`, 1, error);
  }
  const executor = context.df?.taskOrchestratorExecutor;
  const missing = [
    ...METHODS.filter((name) => typeof executor?.[name] !== 'function'),
    ...PROPERTIES.filter((name) => executor?.[name] === undefined),
  ];
  if (missing.length === 0) return;
  throw new HostStartError(
    `the app's durable-functions package is not one that this host knows (3.5): its executor has no ${missing.join(', ')}`,
  );
}
