import type { OrchestrationContext } from 'durable-functions';
import type { RotationTarget } from '../domain/activities.ts';
import type { Failure } from '../domain/errors.ts';
import type { RotationDecision } from '../domain/sas/rotation.ts';
import { callActivity, type Step } from './call.ts';

export interface Rotation {
  found: RotationDecision;
  result: RotationDecision;
}

/**
 * Judges the SAS token of one side's pipeline and replaces it when it is due or broken, or when `force` says so and it
 * could be. `found` is what was there, `result` the same or what came of replacing it.
 */
export function* rotate(context: OrchestrationContext, target: RotationTarget, force = false): Step<Rotation> {
  const inspected = yield* callActivity(context, 'inspectSas', target);
  if (!inspected.ok) return both(failed(inspected.failure));
  const { decision, newestVersion } = inspected.value;
  const wanted = decision.state === 'Due' || decision.state === 'Broken' || (force && decision.state === 'Fresh');
  if (!wanted) return both(decision);
  const published = yield* callActivity(context, 'publishSas', { ...target, replaces: newestVersion });
  const result: RotationDecision = published.ok
    ? { state: 'Rotated', expiresAt: published.value.expiresAt ?? '' }
    : failed(published.failure);
  return { found: decision, result };
}

function both(found: RotationDecision): Rotation {
  return { found, result: found };
}

function failed({ code, message }: Failure): RotationDecision {
  return { state: 'Failed', code, reason: message };
}
