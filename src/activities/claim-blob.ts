import type { ClaimResult, LandedBlob } from '../domain/activities.ts';
import { CLAIM_KEY, decideImport, withoutCategory } from '../domain/auto-import.ts';
import { formatRunName, parseArchiveName } from '../domain/names.ts';
import type { Route } from '../domain/route.ts';
import type { Activity } from './activity.ts';
import { isRunOf, isRunOnBlob } from './run-of-pipeline.ts';
import type { Services } from './services.ts';
import { readSidePipeline } from './side-pipeline.ts';

/**
 * Decides by the pipeline's live trigger status whether the app imports a blob that landed, and claims it: ACR's own
 * trigger takes only blobs with the `category` mark, so removing it under the blob's ETag makes the blob the app's. The
 * claim also names the import: it changes the ETag, and what looks like a blob that landed anew must not be imported
 * again. The runs are listed after the claim, for one that ACR started in between. Twice: a claimed blob stays claimed,
 * and the app's own run is not mistaken for ACR's.
 */
export const claimBlob: Activity<'claimBlob'> = async (services, { importId, blob }) => {
  const own = parseArchiveName(blob.name);
  if (own && (await services.transfers.readRequest(own.id))) {
    return ignored(`It is the archive of transfer ${own.id}, which imports it.`);
  }
  const route = services.route(blob.route);
  const pipeline = await readSidePipeline(services, route, 'target');
  const decision = decideImport(route.import.auto, pipeline.triggerStatus);
  if (!decision.import) return ignored(decision.reason);
  return claim(services, route, pipeline.id, importId, blob);
};

async function claim(
  services: Services,
  route: Route,
  pipelineId: string,
  importId: string,
  { name }: LandedBlob,
): Promise<ClaimResult> {
  const { container } = services.side(route, 'target');
  const landed = await container.properties(name);
  for (;;) {
    const found = await container.properties(name);
    if (!found) return ignored('The blob is gone.');
    const claimedBy = found.metadata[CLAIM_KEY];
    if (claimedBy === importId) break;
    if (claimedBy !== undefined) return ignored(`Import ${claimedBy} has claimed it.`);
    const metadata = { ...withoutCategory(found.metadata), [CLAIM_KEY]: importId };
    if ((await container.setMetadata(name, metadata, found.etag)) !== 'conflict') break;
  }
  const other = await findRunOfService(services, route, {
    pipelineId,
    importId,
    blob: name,
    landedAt: landed?.lastModified,
  });
  if (other) return ignored(`The service imports it by run ${other}.`);
  const { import: slots } = services.slots(route.name);
  return { claimed: true, runTimeoutMs: route.run.timeoutMinutes * 60_000, ...(slots ? { slots } : {}) };
}

interface Landing {
  pipelineId: string;
  importId: string;
  blob: string;
  /** Before the claim, which changes it. ISO 8601. */
  landedAt: string | undefined;
}

/**
 * A run of the import pipeline on this state of the blob that is not the app's own; names that the service makes hold
 * `_`. One that had ended before the blob landed worked on an older state of it.
 */
async function findRunOfService(services: Services, route: Route, landing: Landing) {
  const { pipelineId, importId, blob, landedAt = '' } = landing;
  const own = formatRunName('import', { id: importId, path: 'blob', attempt: 1 });
  const { pipelines, settings } = services.side(route, 'target');
  const place = { id: pipelineId, container: settings.container };
  for await (const run of pipelines.listRuns()) {
    const { name, properties } = run;
    if (name === own || !name.includes('_') || !isRunOf(run, place)) continue;
    const isOlder = Date.parse(properties.response?.finishTime ?? '') < Date.parse(landedAt);
    if (isRunOnBlob(run, place.container, blob) && !isOlder) return name;
  }
  return undefined;
}

function ignored(reason: string): ClaimResult {
  return { claimed: false, reason };
}
