import type { OrchestrationContext } from 'durable-functions';
import type { ActivityInput, ActivityName, ActivityValue, Orchestrators } from '../domain/activities.ts';
import { callActivity, type Step } from './call.ts';

/**
 * Deletes of a transfer that has ended what its input names: archives, then runs, then the record with the instances.
 * Everything that tells what there is to delete stays until the rest is gone, so it can be run again when it broke off.
 */
export function* deleteTransferOrchestrator(context: OrchestrationContext): Step<null> {
  const { transfer, archives, runs, record } = context.df.getInput<Orchestrators['deleteTransfer']['input']>();
  const { pages } = yield* must(context, 'beginDelete', { transfer });
  for (let page = 1; page <= pages; page++) {
    if (archives) yield* must(context, 'deleteArchives', { transfer, page });
    if (runs) yield* must(context, 'deleteRuns', { transfer, page });
    if (record) yield* must(context, 'purgeInstances', { transfer, page });
  }
  if (!record) {
    yield* must(context, 'markRemoved', { transfer, archives, runs });
    return null;
  }
  yield* must(context, 'purgeInstances', { transfer, page: 0 });
  yield* must(context, 'deleteRecord', { transfer });
  return null;
}

function* must<N extends ActivityName>(
  context: OrchestrationContext,
  name: N,
  input: ActivityInput<N> & { transfer: string },
): Step<ActivityValue<N>> {
  const result = yield* callActivity(context, name, input);
  if (result.ok) return result.value;
  throw new Error(`deletion of ${input.transfer}: ${name}: ${result.failure.code}: ${result.failure.message}`);
}
