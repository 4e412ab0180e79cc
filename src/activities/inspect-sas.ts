import { decideRotation } from '../domain/rotation.ts';
import type { Activity } from './activity.ts';
import { openSecret, readSidePipeline } from './side-pipeline.ts';

/** Judges the token that a side's pipeline uses. Reads only. The token itself never leaves this activity. */
export const inspectSas: Activity<'inspectSas'> = async (services, { route: name, side }) => {
  const route = services.route(name);
  const pipeline = await readSidePipeline(services, route, side);
  if (pipeline.secretUri === undefined) {
    return { state: 'NotNeeded', reason: `${pipeline.id} has storageAccessMode ManagedIdentity.` };
  }
  const secret = openSecret(services, route, pipeline);
  if (secret.version !== undefined) {
    const reason = `keyVaultUri of ${pipeline.id} names version ${secret.version}: a new version would not be used.`;
    return { state: 'Failed', code: 'SECRET_VERSION_PINNED', reason };
  }
  const found = await secret.store.get(secret.name);
  return decideRotation({ token: found?.value, needed: pipeline.permissions, now: new Date() });
};
