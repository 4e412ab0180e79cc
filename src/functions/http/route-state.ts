import type { Services } from '../../activities/services.ts';
import { openSecret, readSidePipeline, type SidePipeline } from '../../activities/side-pipeline.ts';
import type { LastTransfer, SideState } from '../../domain/api/answers.ts';
import { type Side, toFailure } from '../../domain/errors.ts';
import type { Route } from '../../domain/route.ts';

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

/** The newest transfer of each route, in short. Looks through the newest `depth` transfers of all routes. */
export async function readLastTransfers({ transfers }: Services, depth: number): Promise<Map<string, LastTransfer>> {
  const last = new Map<string, LastTransfer>();
  let seen = 0;
  await transfers.ensureContainer();
  for await (const entry of transfers.listIndex()) {
    if (seen++ === depth) break;
    const document = await transfers.readIndexed(entry);
    if (!document || last.has(document.route)) continue;
    const { id, state, requestedAt, finishedAt } = document;
    last.set(document.route, { id, state, requestedAt, finishedAt });
  }
  return last;
}
