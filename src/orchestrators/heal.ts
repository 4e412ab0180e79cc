import type { OrchestrationContext } from 'durable-functions';
import type { Failure } from '../domain/errors.ts';
import { sideToHeal } from '../domain/sas/healing.ts';
import type { Step } from './call.ts';
import { rotate } from './rotate.ts';

/**
 * Mends what a failure came from, where that is a SAS token that this app may replace.
 * @returns whether it makes sense to try again
 */
export function* heal(context: OrchestrationContext, route: string, failure: Failure): Step<boolean> {
  const side = sideToHeal(failure);
  if (side === undefined) return false;
  const { result } = yield* rotate(context, { route, side });
  return result.state === 'Rotated' || result.state === 'Fresh';
}
