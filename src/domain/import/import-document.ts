import { z } from 'zod';
import { attemptSchema, runViewSchema } from '../batch/batch-record.ts';
import { failureSchema } from '../failure-schema.ts';
import { isFinalState, OUTCOMES, TRANSFER_STATES } from '../outcome.ts';
import { webhookRecordSchema } from '../webhook/webhook.ts';

/** `Ignored`: nothing will be imported. It is a judgement about a blob that lies there, made anew at each look, and kept only of an import that had ended before it was opened again. */
export const IMPORT_STATES = [...TRANSFER_STATES, 'Ignored'] as const;
export type ImportState = (typeof IMPORT_STATES)[number];

/** What made the app look at the blob: its event, the reconciling timer, or a caller. */
export const IMPORT_TRIGGERS = ['event', 'reconcile', 'request'] as const;
export type ImportTrigger = (typeof IMPORT_TRIGGERS)[number];

/**
 * `none`: there is none. `matched`: the archive is what it says. `mismatch`: the archive is not. `unsigned`: its
 * signature is absent or wrong. `invalid`: it is no receipt, or one of another archive. `unread`: not looked at yet.
 */
export const RECEIPT_STATES = ['unread', 'none', 'matched', 'mismatch', 'unsigned', 'invalid'] as const;
export const receiptViewSchema = z.object({
  state: z.enum(RECEIPT_STATES),
  /** Why it is not `matched`, or what could not be compared. */
  reason: z.string().nullable(),
  transfer: z.string().nullable(),
  batch: z.string().nullable(),
});
export type ReceiptView = z.infer<typeof receiptViewSchema>;

export const importedArtifactSchema = z.object({
  /** As the receipt, or without one the run, names it. */
  artifact: z.string(),
  /** Found in the target registry. */
  digest: z.string().nullable(),
  /** Demanded by the receipt. */
  expectedDigest: z.string().nullable(),
  outcome: z.enum(OUTCOMES).nullable(),
  error: failureSchema.nullable(),
  /** A run says that it imported this, and the receipt does not name it. */
  isNotInReceipt: z.boolean().default(false),
});
export type ImportedArtifact = z.infer<typeof importedArtifactSchema>;

export const landedArchiveSchema = z.object({
  account: z.string(),
  container: z.string(),
  name: z.string(),
  /** As it landed, before the app claimed it; `null` for a blob that was gone before the app saw it. */
  bytes: z.number().nullable(),
  /** Base64. */
  md5: z.string().nullable(),
  etag: z.string().nullable(),
  landedAt: z.string().nullable(),
});
export type LandedArchive = z.infer<typeof landedArchiveSchema>;

/** The import of one state of one blob: what the API gives, and what its record `imports/{id}.json` holds. */
export const importDocumentSchema = z.object({
  id: z.string(),
  route: z.string(),
  archive: landedArchiveSchema,
  state: z.enum(IMPORT_STATES),
  trigger: z.enum(IMPORT_TRIGGERS),
  requestedBy: z.string(),
  requestedAt: z.string(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  /** Whose run it is; `null` until that is known. */
  by: z.enum(['app', 'service']).nullable(),
  /** Number of the app's next run, from 1; an import that is tried again goes on counting. */
  attempt: z.number().int().min(1),
  /** Every run on this state of the blob: the app's own, and those that ACR's trigger started. */
  runs: z.array(runViewSchema),
  /** Tries of the app's own runs that failed and were repeated. */
  retries: z.array(attemptSchema).default([]),
  receipt: receiptViewSchema,
  artifacts: z.array(importedArtifactSchema),
  correlationId: z.string(),
  /** What is worth knowing beside the error: what the import waits for, or why nobody else would have done it. */
  reason: z.string().nullable(),
  error: failureSchema.nullable(),
  /** The app's own run resources have been deleted, as the route's retention says. */
  runsRemoved: z.boolean(),
  /** How often it has ended: one that was opened again ends again. */
  ends: z.number().int().min(0).default(0),
  /** There once it has ended and the route's webhook is to be told. */
  webhook: webhookRecordSchema.optional(),
});
export type ImportDocument = z.infer<typeof importDocumentSchema>;

export function isFinalImport({ state }: Pick<ImportDocument, 'state'>): boolean {
  return state === 'Ignored' || isFinalState(state);
}

/** Failures after which something may still come that makes the import possible: the reconciling timer looks again. */
const MAY_STILL_COME = new Set([
  'RECEIPT_MISSING',
  'RECEIPT_UNSIGNED',
  'RECEIPT_INVALID',
  'RECEIPT_MISMATCH',
  'SERVICE_DID_NOT_IMPORT',
]);

/**
 * Whether an import that failed waits for a receipt, or for a run of the service, that may come later; one that was left
 * alone waits until nothing speaks against it any more.
 */
export function mayStillCome({ state, error, runs }: Pick<ImportDocument, 'state' | 'error' | 'runs'>): boolean {
  if (state === 'Ignored') return true;
  return state === 'Failed' && error !== null && MAY_STILL_COME.has(error.code) && runs.length === 0;
}

/** Whether the route's webhook is to be told of the end, and it is not known that it was, or that it was given up. */
export function isUntold({ webhook }: Pick<ImportDocument, 'webhook'>): boolean {
  return webhook?.state === 'Pending';
}

/** What an import is made from. */
export interface NewImport {
  id: string;
  route: string;
  archive: LandedArchive;
  trigger: ImportTrigger;
  requestedBy: string;
  requestedAt: string;
  correlationId: string;
}

export const UNREAD_RECEIPT: ReceiptView = { state: 'unread', reason: null, transfer: null, batch: null };

/** The record of an import that nobody has begun. */
export function newImport(given: NewImport): ImportDocument {
  return {
    ...given,
    state: 'Accepted',
    startedAt: null,
    finishedAt: null,
    by: null,
    attempt: 1,
    runs: [],
    retries: [],
    receipt: UNREAD_RECEIPT,
    artifacts: [],
    reason: null,
    error: null,
    runsRemoved: false,
    ends: 0,
  };
}

/**
 * The same import for another look, with its earlier runs. `isAnew`: by another run of its own, if it comes to that; else
 * its last run is the one that counts.
 */
export function reopened(
  document: ImportDocument,
  again: Pick<NewImport, 'trigger' | 'requestedBy' | 'correlationId'> & { at: string; isAnew: boolean },
): ImportDocument {
  const { isAnew, at, ...cause } = again;
  const { by, runs, retries, archive, id, route, ends } = document;
  const last = Math.max(0, ...runs.map(({ run }) => attemptOf(run)));
  const attempt = Math.max(document.attempt, isAnew ? last + 1 : last);
  return { ...newImport({ id, route, archive, ...cause, requestedAt: at }), by, runs, retries, attempt, ends };
}

const OWN_RUN = /^i[a-z2-7]{26}a(\d\d)$/;

/** The attempt that a run's name ends in, 0 for a run that the service named. */
export function attemptOf(run: string): number {
  return Number(OWN_RUN.exec(run)?.[1] ?? 0);
}
