import type { Failure } from '../domain/errors.ts';
import { decideRotation } from '../domain/rotation.ts';
import type { Route } from '../domain/route.ts';
import type { Services } from './services.ts';
import { openSecret, type SidePipeline } from './side-pipeline.ts';

/**
 * Why a pipeline's SAS token cannot open its container, as far as the token and its secret tell; `undefined` when
 * nothing is wrong with them, or the pipeline uses its managed identity.
 */
export async function inspectStorageAccess(
  services: Services,
  route: Route,
  pipeline: SidePipeline,
): Promise<Failure | undefined> {
  if (pipeline.secretUri === undefined) return undefined;
  const { store, name, version } = openSecret(services, route, pipeline);
  const secret = await store.get(name, version);
  const decision = decideRotation({ token: secret?.value, needed: pipeline.permissions, now: new Date() });
  if (decision.state !== 'Broken') return undefined;
  const message = `SAS token of ${pipeline.id} in ${pipeline.secretUri}: ${decision.reason}`;
  return { class: 'access', code: decision.code, message, side: pipeline.side };
}
