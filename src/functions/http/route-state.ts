import type { Services } from '../../activities/services.ts';
import { openSecret, readSidePipeline, type SidePipeline } from '../../activities/side-pipeline.ts';
import type { SideState } from '../../domain/api/answers.ts';
import { type Side, toFailure } from '../../domain/errors.ts';
import type { Route } from '../../domain/route/route.ts';

export async function readSideState(services: Services, route: Route, side: Side): Promise<SideState> {
  try {
    const pipeline = await readSidePipeline(services, route, side);
    const usesToken = pipeline.secretUri !== undefined;
    return {
      options: [...pipeline.options],
      storageAccess: usesToken ? 'SasToken' : 'ManagedIdentity',
      triggerStatus: pipeline.triggerStatus ?? null,
      tokenExpiresAt: usesToken ? await readExpiry(services, route, pipeline) : null,
      error: null,
    };
  } catch (error) {
    return { options: [], storageAccess: null, triggerStatus: null, tokenExpiresAt: null, error: toFailure(error) };
  }
}

/** Of the newest version; times are whole seconds, so of two made in one second the one that lasts longer counts. */
async function readExpiry(services: Services, route: Route, pipeline: SidePipeline): Promise<string | null> {
  const { store, name } = openSecret(services, route, pipeline);
  let newest = '';
  let expiresAt: string | null = null;
  for await (const version of store.listVersions(name)) {
    const rank = `${version.createdAt ?? ''} ${version.expiresAt ?? ''}`;
    if (!version.enabled || rank < newest) continue;
    newest = rank;
    expiresAt = version.expiresAt ?? null;
  }
  return expiresAt;
}
