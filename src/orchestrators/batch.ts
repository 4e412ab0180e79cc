import type { OrchestrationContext } from 'durable-functions';
import type { ActivityResult, AttemptReport, BatchSettings, BatchTarget, Orchestrators } from '../domain/activities.ts';
import { type Direction, formatArchiveName, formatRunName, instanceIds, MAX_ATTEMPTS } from '../domain/names.ts';
import { decideRetryDelayMs } from '../domain/retry.ts';
import { callActivity, callChild, type Step } from './call.ts';
import { heal } from './heal.ts';
import { mayBegin, waitUnlessCanceled } from './may-begin.ts';

type Output = Orchestrators['batch']['output'];

/**
 * One archive from export to verification. Whatever fails on the way, the batch ends by asking the target for each of
 * its artifacts, so that what did arrive counts and every artifact has an outcome.
 */
export function* batchOrchestrator(context: OrchestrationContext): Step<Output> {
  const batch = context.df.getInput<BatchTarget>();
  const begun = yield* callActivity(context, 'beginBatch', batch);
  if (!begun.ok) throw new Error(`batch ${batch.path}: ${begun.failure.code}: ${begun.failure.message}`);
  if (begun.value.stopped) return { stopped: true };
  const failed = yield* moveArchive(context, batch, begun.value);
  const settled = yield* callActivity(context, 'settleBatch', { ...batch, failed });
  if (!settled.ok) throw new Error(`batch ${batch.path}: ${settled.failure.code}: ${settled.failure.message}`);
  return { stopped: settled.value.stopped };
}

/** Export, copy, import; each step with its attempts. Returns the attempt that ended it, or `null` when all went well. */
function* moveArchive(
  context: OrchestrationContext,
  batch: BatchTarget,
  settings: BatchSettings,
): Step<AttemptReport | null> {
  const exported = yield* repeat(context, batch, settings, 'Export', (attempt) => {
    const archive = archiveName(batch, attempt);
    return runPipeline(context, batch, settings, { direction: 'export', attempt, archive, catalogDigest: null });
  });
  if (!exported.ok) return exported.report;
  const archive = archiveName(batch, exported.attempt);
  const copied = yield* repeat(context, batch, settings, 'Copy', (attempt) =>
    callChild(context, 'copyArchive', { ...batch, archive }, instanceIds.copy(archive, attempt)),
  );
  if (!copied.ok) return copied.report;
  const { catalogDigest } = exported.value;
  const imported = yield* repeat(context, batch, settings, 'Import', (attempt) =>
    runPipeline(context, batch, settings, { direction: 'import', attempt, archive, catalogDigest }),
  );
  return imported.ok ? null : imported.report;
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
  const input = { owner, direction, key, archive, catalogDigest, timeoutMs: settings.runTimeoutMs };
  return callChild(context, 'pipelineRun', input, instanceIds.run(formatRunName(direction, key)));
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
  step: 'Export' | 'Copy' | 'Import',
  tryOnce: (attempt: number) => Step<ActivityResult<T>>,
): Step<Repeated<T>> {
  let healed = false;
  for (let attempt = 1; ; attempt++) {
    const begins = yield* mayBegin(
      context,
      batch.transfer,
      instanceIds.pause(batch.transfer, `${batch.path}-${step}`, attempt),
    );
    if (!begins.ok) return { ok: false, report: { step, run: null, failure: begins.failure } };
    const result = yield* tryOnce(attempt);
    if (result.ok) return { ok: true, value: result.value, attempt };
    const report = { step, run: runNameOf(batch, step, attempt), failure: result.failure };
    const heals: boolean = !healed && (yield* heal(context, route, result.failure));
    healed ||= heals;
    const delayMs = heals ? 0 : decideRetryDelayMs(retry, attempt, result.failure, result.retryAfterMs);
    if (delayMs === undefined || attempt === MAX_ATTEMPTS) return { ok: false, report };
    yield* callActivity(context, 'recordAttempt', { ...batch, ...report });
    yield* waitUnlessCanceled(context, batch.transfer, delayMs);
  }
}

function runNameOf(batch: BatchTarget, step: 'Export' | 'Copy' | 'Import', attempt: number): string | null {
  if (step === 'Copy') return null;
  return formatRunName(step === 'Export' ? 'export' : 'import', { id: batch.transfer, path: batch.path, attempt });
}
