import type { PipelineRunRequest } from '../../azure/arm/pipelines.ts';
import type { ActivityValue, RunRequest } from '../../domain/activities.ts';
import { exportRequest, importRequest } from '../../domain/batch/run-request.ts';
import { TransferError } from '../../domain/errors.ts';
import { formatForceUpdateTag } from '../../domain/names.ts';
import type { Route } from '../../domain/route/route.ts';
import type { Activity } from '../activity.ts';
import { readPart } from '../part.ts';
import type { Services } from '../services.ts';
import { hasOption, readSidePipeline, type SidePipeline } from '../side-pipeline.ts';
import { describeRun } from './read-run.ts';
import { factsOfRun } from './run-facts.ts';
import { nameOfRun, routeOfOwner, showRun, sideOfRun } from './run-owner.ts';

/**
 * Makes sure that the run is there. Twice: the name and the tag derive from the attempt, and a run that is there
 * under this tag is followed, never put again; the service itself does not execute the same tag twice. A run that the
 * service has named is only read.
 */
export const startRun: Activity<'startRun'> = async (services, request) => {
  const route = await routeOfOwner(services, request.owner);
  const name = nameOfRun(request);
  const tag = formatForceUpdateTag(request.key);
  const found = await followRun(services, route, request, name, tag);
  if (found) return found;
  if (request.run !== undefined) {
    const message = `Run ${name} of the service is not there any more.`;
    throw new TransferError(message, { class: 'service', code: 'RUN_GONE', side: sideOfRun(request) });
  }
  try {
    return await putRun(services, route, request, name, tag);
  } catch (error) {
    if (!(error instanceof TransferError && error.code === 'BLOB_EXISTS')) throw error;
    // What this activity sent when it ran before may have arrived only now: then the blob is this very run's.
    const late = await followRun(services, route, request, name, tag);
    if (late) return late;
    throw error;
  }
};

/** The run as it is, `undefined` where it is not there. @throws `RUN_EXISTS` when our own is there under another tag */
async function followRun(
  services: Services,
  route: Route,
  request: RunRequest,
  name: string,
  tag: string,
): Promise<ActivityValue<'startRun'> | undefined> {
  const found = await services.side(route, sideOfRun(request)).pipelines.getRun(name);
  if (!found) return undefined;
  const { forceUpdateTag } = found.run.properties;
  if (request.run === undefined && !isOurs(forceUpdateTag, tag)) {
    const message = `Run ${name} is there with forceUpdateTag '${forceUpdateTag}', ours is '${tag}'.`;
    throw new TransferError(message, { class: 'conflict', code: 'RUN_EXISTS', side: sideOfRun(request) });
  }
  return describeRun(services, route, request, factsOfRun(name, found.run, found.correlationId), found.retryAfterMs);
}

/** The service may leave the tag out of what it echoes. The name derives from the tag, so an absent one is ours too. */
function isOurs(found: string | undefined, tag: string): boolean {
  return found === undefined || found === '' || found === tag;
}

async function putRun(services: Services, route: Route, request: RunRequest, name: string, forceUpdateTag: string) {
  const { pipelines } = services.side(route, sideOfRun(request));
  const body = { request: await bodyOf(services, route, request), forceUpdateTag };
  const put = await pipelines.putRun(name, body);
  const facts = factsOfRun(name, put.run, put.correlationId);
  await showRun(services, request, facts, null);
  const started: ActivityValue<'startRun'> = {
    status: facts.status ?? null,
    // Whatever the answer to the PUT says: the run itself is read before anything is concluded.
    isFinal: false,
    succeeded: false,
    catalogDigest: null,
    failure: null,
    retryAfterMs: put.retryAfterMs ?? 0,
    operationUrl: put.operationUrl ?? null,
  };
  return started;
}

async function bodyOf(services: Services, route: Route, request: RunRequest): Promise<PipelineRunRequest> {
  const pipeline = await readSidePipeline(services, route, sideOfRun(request));
  const { id: pipelineResourceId } = pipeline;
  if (request.direction === 'import') return importRequest(pipelineResourceId, request.archive, request.catalogDigest);
  if (!hasOption(pipeline.options, 'OverwriteBlobs')) await requireAbsent(services, route, request.archive, pipeline);
  return exportRequest(pipelineResourceId, request.archive, await artifactsOf(services, request));
}

/**
 * Asked before the run, because it is not documented that the run would fail: one that passed over the blob would hand on
 * somebody else's archive. What cannot be asked is left to the run and its diagnosis.
 */
async function requireAbsent(services: Services, route: Route, archive: string, { id }: SidePipeline): Promise<void> {
  const found = await services
    .side(route, 'source')
    .container.properties(archive)
    .catch((error: unknown) => {
      if (error instanceof TransferError) return undefined;
      throw error;
    });
  if (!found) return;
  const message = `Blob ${archive} was there before, and ${id} has no OverwriteBlobs.`;
  throw new TransferError(message, { class: 'conflict', code: 'BLOB_EXISTS', side: 'source' });
}

/** What the user named (exported by digest, a tag would not arrive as a tag), without what has been settled. */
async function artifactsOf(services: Services, { owner }: RunRequest): Promise<string[]> {
  if (owner.kind !== 'batch') throw new TypeError('only a batch of a transfer exports');
  const { open } = await readPart(services, owner);
  return open.map(({ artifact }) => artifact);
}
