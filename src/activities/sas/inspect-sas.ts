import { noteTokenExpiry } from '../../telemetry/measures.ts';
import type { Activity } from '../activity.ts';
import { readSidePipeline } from '../side-pipeline.ts';
import { judgeToken } from './pipeline-token.ts';

/** Judges the token that a side's pipeline uses. Reads only. The token itself never leaves this room. */
export const inspectSas: Activity<'inspectSas'> = async (services, { route: name, side }) => {
  const route = services.route(name);
  const pipeline = await readSidePipeline(services, route, side);
  if (pipeline.secretUri === undefined) {
    const reason = `${pipeline.id} has storageAccessMode ManagedIdentity.`;
    return { decision: { state: 'NotNeeded', reason }, newestVersion: null };
  }
  const { decision, newestVersion, pinnedVersion } = await judgeToken(services, route, pipeline);
  if (pinnedVersion !== null) {
    const reason = `keyVaultUri of ${pipeline.id} names version ${pinnedVersion}: a new version would not be used.`;
    return { decision: { state: 'Failed', code: 'SECRET_VERSION_PINNED', reason }, newestVersion };
  }
  noteTokenExpiry(route.name, side, 'expiresAt' in decision ? decision.expiresAt : null);
  return { decision, newestVersion };
};
