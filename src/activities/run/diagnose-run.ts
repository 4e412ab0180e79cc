import type { RunRequest } from '../../domain/activities.ts';
import { type Failure, TransferError } from '../../domain/errors.ts';
import type { Route } from '../../domain/route/route.ts';
import { inspectStorageAccess } from '../sas/inspect-storage-access.ts';
import type { Services } from '../services.ts';
import { readSidePipeline } from '../side-pipeline.ts';
import { sideOfRun } from './run-owner.ts';

/**
 * Why a run failed, by evidence: a run says so in free text only, and text is nothing to decide by. Where nothing is
 * found wrong, or looking fails, the run's own failure stands. The run's message and correlation id are kept.
 */
export async function diagnoseRun(
  services: Services,
  route: Route,
  request: RunRequest,
  own: Failure,
): Promise<Failure> {
  const found = await look(services, route, request).catch((error: unknown) => {
    if (error instanceof TransferError) return undefined;
    throw error;
  });
  return found ? { ...own, ...found, message: `${found.message} ${own.message}` } : own;
}

async function look(services: Services, route: Route, request: RunRequest) {
  const side = sideOfRun(request);
  const { container, settings } = services.side(route, side);
  const pipeline = await readSidePipeline(services, route, side);
  if (!(await container.exists())) {
    return diagnosis('service', 'CONTAINER_NOT_FOUND', side, `Container ${settings.container} does not exist.`);
  }
  const access = await inspectStorageAccess(services, route, pipeline);
  if (access) return access;
  return side === 'source' ? undefined : lookAtImport(services, route, request);
}

async function lookAtImport(services: Services, route: Route, request: RunRequest) {
  const blob = await services.side(route, 'target').container.properties(request.archive);
  if (!blob) {
    return diagnosis('service', 'ARCHIVE_NOT_FOUND', 'target', `Blob ${request.archive} is not in the container.`);
  }
  if (request.owner.kind !== 'batch') return undefined;
  const { transfer, path } = request.owner;
  const expected = (await services.transfers.readBatch(transfer, path))?.archive?.bytes;
  if (expected === null || expected === undefined || expected === blob.sizeBytes) return undefined;
  const message = `Blob ${request.archive} has ${blob.sizeBytes} bytes, ${expected} were exported.`;
  return diagnosis('service', 'ARCHIVE_CUT_SHORT', 'target', message);
}

function diagnosis(kind: Failure['class'], code: string, side: 'source' | 'target', message: string): Failure {
  return { class: kind, code, side, message };
}
