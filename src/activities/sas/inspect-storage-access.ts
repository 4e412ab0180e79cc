import type { Failure } from '../../domain/errors.ts';
import type { Route } from '../../domain/route/route.ts';
import type { Services } from '../services.ts';
import type { SidePipeline } from '../side-pipeline.ts';
import { judgeToken } from './pipeline-token.ts';

/**
 * Why a pipeline's SAS token does not open its container; `undefined` when it does, or when the pipeline uses its
 * managed identity.
 */
export async function inspectStorageAccess(
  services: Services,
  route: Route,
  pipeline: SidePipeline,
): Promise<Failure | undefined> {
  if (pipeline.secretUri === undefined) return undefined;
  const { decision } = await judgeToken(services, route, pipeline);
  if (decision.state !== 'Broken') return undefined;
  const message = `SAS token of ${pipeline.id} in ${pipeline.secretUri}: ${decision.reason}`;
  return { class: 'access', code: decision.code, message, side: pipeline.side };
}
