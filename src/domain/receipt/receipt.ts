import { z } from 'zod';
import { failureSchema } from '../failure-schema.ts';
import { OUTCOMES } from '../outcome.ts';

/** Version of both documents. One of another version is not read. */
export const RECEIPT_VERSION = 1;

/** Container of the receipts, in the account of a side's transfer container. */
export const RECEIPTS_CONTAINER = 'acr-transfer-receipts';

const archiveSchema = z.strictObject({
  name: z.string().min(1).max(1024),
  bytes: z.number().int().min(0),
  /** Base64, as in the blob's `Content-MD5`; `null` where the blob has none. */
  md5: z.string().max(64).nullable(),
});
const digest = z.string().regex(/^[a-z0-9]+:[0-9a-f]{32,128}$/, 'allowed: {algorithm}:{hex}');

/**
 * What an archive must hold, written by the side that exported it. `presence`: an export run does not tell what it
 * wrote, so an artifact is `expected` where the run may have left it out, and `confirmed` where it cannot have.
 */
export const receiptSchema = z.strictObject({
  version: z.literal(RECEIPT_VERSION),
  transfer: z.string().max(63),
  route: z.string().max(63),
  batch: z.string().max(64),
  archive: archiveSchema,
  /** Of the export run, as received. */
  catalogDigest: z.string().max(256).nullable(),
  exportedAt: z.string().max(64),
  artifacts: z
    .array(
      z.strictObject({
        artifact: z.string().max(512),
        digest,
        mediaType: z.string().max(256).nullable(),
        bytes: z.number().int().min(0).nullable(),
        presence: z.enum(['confirmed', 'expected']),
      }),
    )
    .min(1)
    .max(1000),
});
export type Receipt = z.infer<typeof receiptSchema>;

/** What became of an archive in the target, written by the side that imported it; the carrier brings it back. */
export const importReceiptSchema = z.strictObject({
  version: z.literal(RECEIPT_VERSION),
  transfer: z.string().max(63),
  batch: z.string().max(64),
  archive: archiveSchema,
  /** Of the import. */
  id: z.string().max(64),
  importedAt: z.string().max(64),
  /** Why nothing, or not all, could be imported. */
  error: failureSchema.nullable(),
  artifacts: z
    .array(
      z.strictObject({
        artifact: z.string().max(512),
        /** As the receipt demanded it. */
        digest,
        /** As found in the target registry afterwards. */
        verifiedDigest: digest.nullable(),
        outcome: z.enum(OUTCOMES),
        error: failureSchema.nullable(),
      }),
    )
    .max(1000),
});
export type ImportReceipt = z.infer<typeof importReceiptSchema>;

/** Blob names of what passes with an archive, in the receipts' container. */
export const receiptNames = {
  /** Of the exporting side. */
  receipt: (archive: string) => `${archive}.receipt.json`,
  /** Of the importing side, to be brought back. */
  importReceipt: (archive: string) => `${archive}.imported.json`,
  /** Detached signature (compact JWS without its payload) of either. */
  signature: (receipt: string) => `${receipt}.jws`,
};
