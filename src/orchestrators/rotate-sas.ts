import type { OrchestrationContext } from 'durable-functions';
import type { RotationTarget } from '../domain/activities.ts';
import type { RotationDecision } from '../domain/rotation.ts';
import { callActivity, type Step } from './call.ts';

/** Judges the SAS token of one side's pipeline and replaces it when it is due or broken. */
export function* rotateSasOrchestrator(context: OrchestrationContext): Step<RotationDecision> {
  const target = context.df.getInput<RotationTarget>();
  const inspected = yield* callActivity(context, 'inspectSas', target);
  if (!inspected.ok) return { state: 'Failed', code: inspected.failure.code, reason: inspected.failure.message };
  if (inspected.value.state !== 'Due' && inspected.value.state !== 'Broken') return inspected.value;
  const published = yield* callActivity(context, 'publishSas', target);
  if (!published.ok) return { state: 'Failed', code: published.failure.code, reason: published.failure.message };
  return { state: 'Rotated', expiresAt: published.value.expiresAt };
}
