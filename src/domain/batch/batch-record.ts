import { z } from 'zod';
import { failureSchema } from '../failure-schema.ts';
import { OUTCOMES } from '../outcome.ts';
import { handoverSchema } from '../plan/hand-over.ts';

export const STEPS = ['Export', 'Copy', 'Import', 'Verify', 'Done'] as const;
export type Step = (typeof STEPS)[number];

/** What a pipeline run looks like from outside; `status` in the service's spelling, `null` before the service told. */
export const runViewSchema = z.object({
  run: z.string(),
  status: z.string().nullable(),
  percentage: z.number().nullable(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  catalogDigest: z.string().nullable(),
  /** Of one that has ended: why it failed, or what it left behind. Of one that goes on: why the app may not read it now. */
  error: failureSchema.nullable(),
});
export type RunView = z.infer<typeof runViewSchema>;

export const copyViewSchema = z.object({
  mode: z.enum(['server', 'stream', 'none']),
  bytesCopied: z.number(),
  bytesTotal: z.number(),
  /** When the copy began and ended, in ISO 8601; left out where nothing had to be copied, and until then. */
  startedAt: z.string().optional(),
  finishedAt: z.string().optional(),
});
export type CopyView = z.infer<typeof copyViewSchema>;

/** The receipt of an archive: where it lies, by URLs without a token, and why it could not be written. */
export const receiptViewSchema = z.object({
  url: z.string(),
  signature: z.string().nullable(),
  error: failureSchema.nullable(),
});

/** One failed try of a step. */
export const attemptSchema = z.object({
  step: z.enum(['Resolve', ...STEPS]),
  run: z.string().nullable(),
  class: failureSchema.shape.class,
  code: z.string(),
  message: z.string(),
  correlationId: z.string().nullable(),
  at: z.string(),
});
export type Attempt = z.infer<typeof attemptSchema>;

/** `batches/{path}.json` of a transfer's record: where a batch is, and what became of each of its artifacts. */
export const batchRecordSchema = z.object({
  path: z.string(),
  /** What a half or a rest of a batch holds; a whole batch holds what the plan says. */
  artifacts: z.array(z.string()).optional(),
  step: z.enum(STEPS),
  attempt: z.number(),
  archive: z.object({ name: z.string(), bytes: z.number().nullable() }).nullable(),
  export: runViewSchema.nullable(),
  copy: copyViewSchema.nullable(),
  import: runViewSchema.nullable(),
  /** Records of earlier versions have neither of the two. */
  receipt: receiptViewSchema.nullable().default(null),
  handover: handoverSchema.nullable().default(null),
  /** Failed tries that concern the whole batch. */
  attempts: z.array(attemptSchema),
  /** By artifact, once looked for: the final outcome, or `null` for one that goes on in another part. */
  outcomes: z.record(
    z.string(),
    z.object({
      outcome: z.enum(OUTCOMES).nullable(),
      attempt: attemptSchema.nullable(),
      verifiedDigest: z.string().nullable(),
    }),
  ),
});
export type BatchRecord = z.infer<typeof batchRecordSchema>;

export function newBatchRecord(path: string): BatchRecord {
  return {
    path,
    step: 'Export',
    attempt: 1,
    archive: null,
    export: null,
    copy: null,
    import: null,
    receipt: null,
    handover: null,
    attempts: [],
    outcomes: {},
  };
}

/** Adds a failed try unless it is there: the activity that reports it may run twice. */
export function addAttempt(record: BatchRecord, attempt: Attempt): BatchRecord {
  return hasAttempt(record, attempt) ? record : { ...record, attempts: [...record.attempts, attempt] };
}

/** Whether a failed try of a run is among those of the whole batch. Tries without a run cannot be told apart. */
export function hasAttempt({ attempts }: BatchRecord, { step, run, code }: Attempt): boolean {
  return run !== null && attempts.some((other) => other.step === step && other.run === run && other.code === code);
}
