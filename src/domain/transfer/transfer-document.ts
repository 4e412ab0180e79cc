import { z } from 'zod';
import { partsByArtifact } from '../batch/batch-parts.ts';
import { type Attempt, attemptSchema, type BatchRecord, batchRecordSchema, hasAttempt } from '../batch/batch-record.ts';
import { failureSchema } from '../failure-schema.ts';
import {
  countOutcomes,
  decideFinalState,
  OUTCOMES,
  type Outcome,
  TRANSFER_STATES,
  type TransferState,
} from '../outcome.ts';
import type { Plan, PlannedArtifact } from '../plan/plan.ts';
import { parsePinned } from '../selection/pinned.ts';
import { type Selection, selectionSchema } from '../selection/selection.ts';
import { webhookRecordSchema } from '../webhook/webhook.ts';
import { type Control, haltOf, NO_CONTROL } from './control.ts';
import { hasSelectors, type RequestRecord, transferOptionsSchema } from './request.ts';

export const PHASES = ['Resolving', 'Planning', 'Transferring', 'Reporting'] as const;

export const artifactDocumentSchema = z.object({
  artifact: z.string(),
  digest: z.string().nullable(),
  mediaType: z.string().nullable(),
  bytes: z.number().nullable(),
  batch: z.string().nullable(),
  outcome: z.enum(OUTCOMES).nullable(),
  attempts: z.array(attemptSchema),
});
export type ArtifactDocument = z.infer<typeof artifactDocumentSchema>;

const batchDocumentSchema = batchRecordSchema.omit({ artifacts: true, attempts: true, outcomes: true });
const countsSchema = z.object({
  total: z.number(),
  ...(Object.fromEntries(OUTCOMES.map((outcome) => [outcome, z.number()])) as Record<Outcome, z.ZodNumber>),
});

/** The transfer as the HTTP API, the report and `npm start -- --once --json` give it. */
export const transferDocumentSchema = z.object({
  id: z.string(),
  route: z.string(),
  state: z.enum(TRANSFER_STATES),
  phase: z.enum(PHASES).nullable(),
  requestedBy: z.string(),
  requestedAt: z.string(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  retryOf: z.string().nullable(),
  correlationId: z.string(),
  options: transferOptionsSchema,
  counts: countsSchema,
  bytes: z.object({ planned: z.number().nullable(), moved: z.number() }),
  batches: z.array(batchDocumentSchema),
  /** What the request's selectors came to; there only once they are resolved. */
  selectors: selectionSchema.shape.selectors.optional(),
  artifacts: z.array(artifactDocumentSchema).optional(),
  error: failureSchema.nullable(),
  /** There once a transfer has ended of which the route's webhook is to be told. */
  webhook: webhookRecordSchema.optional(),
});
export type TransferDocument = z.infer<typeof transferDocumentSchema>;

/** The answer to `DELETE /transfers/{id}`. */
export const deletionSchema = z.object({ id: z.string(), state: z.literal('Deleting') });
export type Deletion = z.infer<typeof deletionSchema>;

/** `progress.json` of a record: the times and the phase, written by the transfer's own activities. */
export const progressSchema = z.object({ phase: z.enum(PHASES), startedAt: z.string() });
export type Progress = z.infer<typeof progressSchema>;

/** All that a transfer's record holds while it has no report. */
export interface TransferRecord {
  request: RequestRecord;
  progress: Progress | undefined;
  plan: Plan | undefined;
  batches: readonly BatchRecord[];
  /** What its selectors came to; left out where it has none, and before that is known. */
  selection?: Selection | undefined;
  /** What was asked of it; left out when nothing was. */
  control?: Control;
}

/** The document of a transfer that is still going on. */
export function buildTransferDocument(record: TransferRecord): TransferDocument {
  const artifacts = buildArtifacts(record);
  return {
    id: record.request.id,
    route: record.request.route,
    state: stateOf(record),
    phase: record.progress?.phase ?? null,
    requestedBy: record.request.requestedBy,
    requestedAt: record.request.requestedAt,
    startedAt: record.progress?.startedAt ?? null,
    finishedAt: null,
    retryOf: record.request.retryOf,
    correlationId: record.request.correlationId,
    options: record.request.options,
    counts: countOutcomes(artifacts.map((artifact) => artifact.outcome)),
    bytes: countBytes(record),
    batches: record.batches.map(({ artifacts: held, attempts, outcomes, ...batch }) => batch),
    ...(record.selection ? { selectors: record.selection.selectors } : {}),
    artifacts,
    error: null,
  };
}

/** The state of a transfer without a report. What was asked shows at once, also while steps that had begun still run to their end. */
export function stateOf({
  progress,
  control = NO_CONTROL,
}: Pick<TransferRecord, 'progress' | 'control'>): TransferState {
  const halt = haltOf(control);
  if (halt) return halt === 'Canceled' ? 'Canceling' : 'Paused';
  return progress === undefined ? 'Accepted' : 'Running';
}

function buildArtifacts(record: TransferRecord): ArtifactDocument[] {
  if (!record.plan) {
    return knownArtifacts(record).map(openArtifact);
  }
  const parts = partsByArtifact(record.plan.artifacts, record.batches);
  const { plannedAt } = record.plan;
  return record.plan.artifacts.map((planned) => buildArtifact(planned, plannedAt, parts.get(planned.artifact) ?? []));
}

/** What will be looked up; nothing while selectors are not resolved. */
function knownArtifacts({ request, selection }: TransferRecord): readonly string[] {
  if (selection) return selection.artifacts;
  return hasSelectors(request.artifacts) ? [] : request.artifacts;
}

function openArtifact(entry: string): ArtifactDocument {
  const parsed = parsePinned(entry);
  const { name: artifact, digest } = 'fault' in parsed ? { name: entry, digest: null } : parsed;
  return { artifact, digest, mediaType: null, bytes: null, batch: null, outcome: null, attempts: [] };
}

/** `parts`: those that the artifact was in, in order. The last one settled it, or will. */
function buildArtifact(planned: PlannedArtifact, plannedAt: string, parts: readonly BatchRecord[]): ArtifactDocument {
  const { failure, outcome, ...plain } = planned;
  const attempts: Attempt[] = parts.flatMap((part) => {
    const own = part.outcomes[planned.artifact]?.attempt;
    // A try that is repeated is both: kept for the batch, and the last that is known of the artifact.
    return own && !hasAttempt(part, own) ? [...part.attempts, own] : part.attempts;
  });
  if (failure) attempts.push(toAttempt('Resolve', failure, null, plannedAt));
  const last = parts.at(-1);
  const settled = last?.outcomes[planned.artifact]?.outcome ?? outcome;
  return { ...plain, batch: last?.path ?? plain.batch, outcome: settled, attempts };
}

/** A failure as one failed try of a step. */
export function toAttempt(
  step: Attempt['step'],
  failure: z.infer<typeof failureSchema>,
  run: string | null,
  at: string,
): Attempt {
  const { message, code, correlationId } = failure;
  return { step, run, class: failure.class, code, message, correlationId: correlationId ?? null, at };
}

function countBytes({ plan, batches }: TransferRecord): TransferDocument['bytes'] {
  const moving = plan?.artifacts.filter((artifact) => artifact.batch !== null);
  const planned = moving?.reduce((sum, artifact) => sum + (artifact.bytes ?? 0), 0) ?? null;
  return { planned, moved: batches.reduce((sum, batch) => sum + (batch.copy?.bytesCopied ?? 0), 0) };
}

export interface TransferEnd {
  finishedAt: string;
  /** Why the transfer as a whole could not go on, if so. */
  error: z.infer<typeof failureSchema> | null;
  /** No new batches were started after a failure, as `continueOnErrors: false` asks. */
  stopped: boolean;
}

const NOT_SETTLED = 'The batch of this artifact ended without an outcome for it.';

/**
 * The report: every artifact has an outcome. What was never tried because the transfer stopped is `Skipped`, because it
 * was canceled `Canceled`; what a batch left open for no known reason is `Failed`, never silently dropped.
 */
export function buildReport(record: TransferRecord, end: TransferEnd): TransferDocument {
  const running = buildTransferDocument(record);
  const canceled = (record.control ?? NO_CONTROL).cancel !== null;
  const tried = record.batches.filter((batch) => batch.export !== null || batch.attempts.length > 0);
  const triedPaths = new Set(tried.map((batch) => batch.path));
  const goingOn = new Set(record.batches.flatMap(artifactsToTryAgain));
  const artifacts = (running.artifacts ?? []).map((artifact): ArtifactDocument => {
    if (artifact.outcome !== null) return artifact;
    const wasTried = artifact.batch !== null && triedPaths.has(artifact.batch);
    if (canceled && (!wasTried || goingOn.has(artifact.artifact))) return { ...artifact, outcome: 'Canceled' };
    if (!wasTried && (end.stopped || end.error)) return { ...artifact, outcome: 'Skipped' };
    const attempt = toAttempt(
      'Done',
      { class: 'service', code: 'NOT_SETTLED', message: NOT_SETTLED },
      null,
      end.finishedAt,
    );
    return { ...artifact, outcome: 'Failed', attempts: [...artifact.attempts, attempt] };
  });
  const counts = countOutcomes(artifacts.map((artifact) => artifact.outcome));
  const state = canceled ? 'Canceled' : end.error ? 'Failed' : decideFinalState(counts, end.stopped);
  return { ...running, state, phase: null, finishedAt: end.finishedAt, counts, artifacts, error: end.error };
}

/** What a part's run has left to another try, in this part or in one made of it. */
function artifactsToTryAgain({ outcomes }: BatchRecord): string[] {
  return Object.keys(outcomes).filter((artifact) => outcomes[artifact]?.outcome === null);
}
