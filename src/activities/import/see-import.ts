import type { BlobProperties } from '../../azure/blobs/storage.ts';
import { brokenConditions, readClaim } from '../../domain/import/auto-import.ts';
import { decideImportStep, type ImportEvidence, type ImportStep } from '../../domain/import/import-decision.ts';
import { attemptOf, type ImportDocument } from '../../domain/import/import-document.ts';
import { formatRunName } from '../../domain/names.ts';
import type { JudgedReceipt } from '../../domain/receipt/receipt-check.ts';
import type { Route } from '../../domain/route/route.ts';
import { elapsedMs } from '../../domain/time.ts';
import { listServiceRuns, runsOnBlob } from '../run/service-runs.ts';
import type { Services } from '../services.ts';
import { readReceipt } from './read-receipt.ts';
import { readTriggerStatus } from './trigger-status.ts';

/** One look at an import. */
export interface SeenImport {
  step: ImportStep;
  /** What the blob is like now. */
  found: BlobProperties | undefined;
  receipt: JudgedReceipt['view'];
  broken: readonly string[];
}

/**
 * Looks at everything that decides what an import does next: blob and claim, runs, trigger, receipt, in this order, so
 * that a run which appears after a claim was made is seen. A run of the service that is found becomes this import's,
 * unless another has taken it. `isFresh`: the trigger's status is read whatever is known of it.
 */
export async function seeImport(
  services: Services,
  document: ImportDocument,
  { now, isFresh }: { now: Date; isFresh: boolean },
): Promise<SeenImport> {
  const route = services.route(document.route);
  const { container } = services.side(route, 'target');
  const found = await container.properties(document.archive.name);
  const blob = stateOf(document, found);
  const hasOwnRun = blob !== 'There' && (await findOwnRun(services, route, document));
  const serviceRun = hasOwnRun ? null : await takeServiceRun(services, route, document, found);
  const [triggerStatus, { view: receipt }] = await Promise.all([
    readTriggerStatus(services, route, { isFresh }),
    readReceipt(services, route, document.archive),
  ]);
  const { md5, landedAt } = document.archive;
  const broken = found ? brokenConditions({ metadata: found.metadata, md5, landedAt }, now) : [];
  const { auto, by, waitMinutes } = route.import;
  const isRequested = document.trigger === 'request';
  const since = isRequested || landedAt === null ? document.requestedAt : landedAt;
  const wait = { waitedMs: elapsedMs(since, now), waitMs: waitMinutes * 60_000 };
  const evidence = { auto, by, triggerStatus, isRequested, hasOwnRun, serviceRun, blob, broken, receipt, ...wait };
  const step = decideImportStep({ ...evidence, receipts: route.receipts });
  return { step, found, receipt, broken };
}

function stateOf({ id, archive }: ImportDocument, found: BlobProperties | undefined): ImportEvidence['blob'] {
  if (!found) return 'Gone';
  const now = { ...archive, bytes: found.sizeBytes, md5: found.contentMd5 ?? null };
  if (readClaim(found.metadata, now) === id) return 'Claimed';
  return found.etag === archive.etag ? 'There' : 'Changed';
}

/** The number of the run that an import starts with, or goes on with after its instance was lost. */
export function currentAttempt({ attempt, runs }: Pick<ImportDocument, 'attempt' | 'runs'>): number {
  return Math.max(attempt, ...runs.map(({ run }) => attemptOf(run)));
}

async function findOwnRun(services: Services, route: Route, document: ImportDocument): Promise<boolean> {
  const name = formatRunName('import', { id: document.id, path: 'blob', attempt: currentAttempt(document) });
  return (await services.side(route, 'target').pipelines.getRun(name)) !== undefined;
}

/** Who asks for an import asks for a run of its own: those that ended before do not count. */
async function takeServiceRun(
  services: Services,
  route: Route,
  document: ImportDocument,
  found: BlobProperties | undefined,
): Promise<string | null> {
  const asked = document.trigger === 'request' ? Date.parse(document.requestedAt) : Number.NEGATIVE_INFINITY;
  for (const { name, finishedAt } of await listRunsOf(services, route, document, found)) {
    if (finishedAt !== null && Date.parse(finishedAt) < asked) continue;
    if ((await services.imports.takeRun(name, document.id)) === document.id) return name;
  }
  return null;
}

/** The service's runs on the state of the blob that an import is of. `found`: what is there now. */
export async function listRunsOf(
  services: Services,
  route: Route,
  document: ImportDocument,
  found: BlobProperties | undefined,
) {
  const { name, landedAt, etag } = document.archive;
  const runs = await listServiceRuns(services, route);
  // A state that the app has never seen is known by the time of its run alone.
  if (etag === null) return runs.filter(({ isOnBlob, at }) => isOnBlob(name) && at === landedAt);
  const replacedAt = found && stateOf(document, found) === 'Changed' ? found.lastModified : null;
  return runsOnBlob(runs, { name, landedAt, replacedAt });
}
