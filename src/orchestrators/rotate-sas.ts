import type { OrchestrationContext } from 'durable-functions';
import type { Orchestrators } from '../domain/activities.ts';
import { sasNotRotatedLine } from '../domain/alert-lines.ts';
import type { RotationDecision } from '../domain/sas/rotation.ts';
import { isUrgent } from '../domain/sas/rotation-alert.ts';
import { callActivity, type Step } from './call.ts';
import { rotate } from './rotate.ts';

/**
 * Mint, probe, publish, and retire what is left over, for the SAS token of one side's pipeline. Old versions stay
 * enabled while a run that may have read them goes on; the next rotation retires them then.
 */
export function* rotateSasOrchestrator(context: OrchestrationContext): Step<RotationDecision> {
  const { force, ...target } = context.df.getInput<Orchestrators['rotateSas']['input']>();
  const { found, result } = yield* rotate(context, target, force);
  const isUrgentNow = result.state === 'Failed' && isUrgent(found, context.df.currentUtcDateTime);
  if (isUrgentNow && !context.df.isReplaying) {
    context.error(sasNotRotatedLine(target, { found, result }));
  }
  yield* callActivity(context, 'retireSas', target);
  return result;
}
