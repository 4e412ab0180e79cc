import { z } from 'zod';

/** Blobs of one container, or the files of the disk that shall become such blobs. */
const itemSchema = z.strictObject({
  /** URL of the container, without any token. */
  container: z.string(),
  /** How the names begin; files of other names on the disk are left alone. */
  prefix: z.string().min(1),
  /** How the names may end. */
  endings: z.array(z.string().min(1)).min(1),
  /** Metadata that the blobs are written with. */
  metadata: z.record(z.string(), z.string()).optional(),
});

/** What the carrier's process is asked to do, once: take blobs to the disk, or bring files from the disk to containers. */
export const orderSchema = z.strictObject({
  direction: z.enum(['take', 'bring']),
  /** Folder that stands for the disk. */
  disk: z.string(),
  /** Token of the platform team of that side, for storage. */
  token: z.string(),
  /** Done one after the other: what comes first is there before what comes after. */
  items: z.array(itemSchema).min(1),
});
export type CarrierOrder = z.infer<typeof orderSchema>;
export type CarrierItem = CarrierOrder['items'][number];

/** One file that was copied. */
export const carriedFileSchema = z.strictObject({
  name: z.string(),
  bytes: z.number(),
  /** Base64. */
  md5: z.string(),
  /** URL of the blob, without any token. */
  blob: z.string(),
});
export type CarriedFile = z.infer<typeof carriedFileSchema>;

/** The one line of JSON that the process answers with. */
export const answerSchema = z.union([
  z.strictObject({ carried: z.array(carriedFileSchema) }),
  z.strictObject({ error: z.string() }),
]);
