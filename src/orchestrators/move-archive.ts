import type { OrchestrationContext } from 'durable-functions';
import type { ActivityResult, AttemptReport, BatchSettings, BatchTarget } from '../domain/activities.ts';
import { type Direction, formatArchiveName, formatRunName, instanceIds, MAX_ATTEMPTS } from '../domain/names.ts';
import { decideRetryDelayMs } from '../domain/retry.ts';
import { callActivity, callChild, insist, type Step } from './call.ts';
import { heal } from './heal.ts';
import { mayBegin, waitUnlessCanceled } from './may-begin.ts';

/** The last attempt of each step that a part has used; names of runs and archives derive from it. */
export interface Tries {
  export: number;
  import: number;
}

/**
 * Export, copy, import of one part, as far as the app reaches; each step with its attempts, which count on from `tries`
 * and are kept there. The receipt goes before the copy: who finds the archive in the target finds that too.
 * Returns the attempt that ended it, or `null` when all went well.
 */
export function* moveArchive(
  context: OrchestrationContext,
  batch: BatchTarget,
  settings: BatchSettings,
  tries: Tries,
): Step<AttemptReport | null> {
  const exported = yield* repeat(
    context,
    batch,
    settings,
    { step: 'Export', after: tries.export, waitsAt: `${batch.path}-Export` },
    (attempt) => {
      tries.export = attempt;
      const archive = archiveName(batch, attempt);
      return runPipeline(context, batch, settings, { direction: 'export', attempt, archive, catalogDigest: null });
    },
  );
  if (!exported.ok) return exported.report;
  const archive = archiveName(batch, exported.attempt);
  const reach = settings.reach ?? 'Import';
  const told = yield* writeReceipt(context, batch, settings, archive);
  if (told) return told;
  if (reach === 'Export') return yield* handOver(context, batch, archive);
  const copied = yield* repeat(
    context,
    batch,
    settings,
    { step: 'Copy', after: 0, waitsAt: `${archive}-Copy` },
    (attempt) => callChild(context, 'copyArchive', { ...batch, archive }, instanceIds.copy(archive, attempt)),
  );
  if (!copied.ok) return copied.report;
  if (reach === 'Copy') return yield* handOver(context, batch, archive);
  const { catalogDigest } = exported.value;
  const imported = yield* repeat(
    context,
    batch,
    settings,
    { step: 'Import', after: tries.import, waitsAt: `${batch.path}-Import` },
    (attempt) => {
      tries.import = attempt;
      return runPipeline(context, batch, settings, { direction: 'import', attempt, archive, catalogDigest });
    },
  );
  return imported.ok ? null : imported.report;
}

/** Histories of earlier versions know no receipts. The failure that ends the part, or `null`. */
function* writeReceipt(
  context: OrchestrationContext,
  batch: BatchTarget,
  { reach, receipts }: BatchSettings,
  archive: string,
): Step<AttemptReport | null> {
  if (!receipts) return null;
  if (receipts === 'optional' && reach === 'Import') {
    yield* callActivity(context, 'writeReceipt', { ...batch, archive });
    return null;
  }
  const written = yield* insist(context, 'writeReceipt', { ...batch, archive });
  return written.ok ? null : { step: 'Copy', run: null, failure: written.failure };
}

function* handOver(context: OrchestrationContext, batch: BatchTarget, archive: string): Step<AttemptReport | null> {
  const handed = yield* insist(context, 'handOver', { ...batch, archive });
  return handed.ok ? null : { step: 'Copy', run: null, failure: handed.failure };
}

function archiveName(batch: BatchTarget, attempt: number): string {
  return formatArchiveName({ id: batch.transfer, path: batch.path, attempt });
}

interface Run {
  direction: Direction;
  attempt: number;
  archive: string;
  catalogDigest: string | null;
}

function runPipeline(context: OrchestrationContext, batch: BatchTarget, settings: BatchSettings, run: Run) {
  const key = { id: batch.transfer, path: batch.path, attempt: run.attempt };
  const { direction, archive, catalogDigest } = run;
  const owner = { kind: 'batch', ...batch } as const;
  const slots = settings.slots?.[direction];
  const request = { owner, direction, key, archive, catalogDigest, timeoutMs: settings.runTimeoutMs };
  const input = { ...request, ...(slots ? { slots } : {}) };
  return callChild(context, 'pipelineRun', input, instanceIds.run(formatRunName(direction, key)));
}

interface Repeat {
  step: 'Export' | 'Copy' | 'Import';
  /** The attempt before the first of these. */
  after: number;
  /** Names, with the attempt, where a pause is waited through. */
  waitsAt: string;
}

type Repeated<T> = { ok: true; value: T; attempt: number } | { ok: false; report: AttemptReport };

/**
 * Tries a step until it succeeds, fails for good, or the retry policy is used up. A try that failed for a SAS token
 * that could be replaced is repeated once. Each failed try is recorded.
 */
function* repeat<T>(
  context: OrchestrationContext,
  batch: BatchTarget,
  { retry, route }: BatchSettings,
  { step, after, waitsAt }: Repeat,
  tryOnce: (attempt: number) => Step<ActivityResult<T>>,
): Step<Repeated<T>> {
  let healed = false;
  for (let tries = 1; ; tries++) {
    const attempt = after + tries;
    const waitId = instanceIds.pause(batch.transfer, waitsAt, attempt);
    const begins = yield* mayBegin(context, batch.transfer, waitId, step === 'Export' && attempt === 1);
    if (!begins.ok) return { ok: false, report: { step, run: null, failure: begins.failure } };
    const result = yield* tryOnce(attempt);
    if (result.ok) return { ok: true, value: result.value, attempt };
    const report = { step, run: runNameOf(batch, step, attempt), failure: result.failure };
    const heals: boolean = !healed && (yield* heal(context, route, result.failure));
    healed ||= heals;
    const delayMs = heals ? 0 : decideRetryDelayMs(retry, tries, result.failure, result.retryAfterMs, keyOf(batch));
    if (delayMs === undefined || attempt === MAX_ATTEMPTS) return { ok: false, report };
    yield* callActivity(context, 'recordAttempt', { ...batch, ...report });
    yield* waitUnlessCanceled(context, batch.transfer, delayMs);
  }
}

/** What the jitter of a delay derives from, together with the attempt. */
export function keyOf({ transfer, path }: BatchTarget): string {
  return `${transfer}/${path}`;
}

function runNameOf(batch: BatchTarget, step: Repeat['step'], attempt: number): string | null {
  if (step === 'Copy') return null;
  return formatRunName(step === 'Export' ? 'export' : 'import', { id: batch.transfer, path: batch.path, attempt });
}
