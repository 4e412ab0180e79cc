import { z } from 'zod';
import { failureSchema } from './failure-schema.ts';
import { REACHES } from './hand-over.ts';
import { formatBatchPath } from './names.ts';
import { OUTCOMES } from './outcome.ts';
import { DEFAULT_SPLIT_RUNS, retryPolicySchema } from './route.ts';

/** Artifacts of one export run at most (limit of the service). */
export const MAX_BATCH_ARTIFACTS = 50;
/** Batches of one segment at most: what keeps a segment's history short. */
export const MAX_SEGMENT_BATCHES = 20;
/** Artifacts that one call of the resolving activity looks up. */
export const RESOLVE_PAGE_ARTIFACTS = 250;

/**
 * One artifact of the plan: what it was when the transfer began. `outcome` is there already when nothing has to move
 * (`AlreadyPresent`) or nothing can (`Failed`).
 */
export const plannedArtifactSchema = z.object({
  artifact: z.string(),
  digest: z.string().nullable(),
  mediaType: z.string().nullable(),
  /** Bytes of the manifest's own blobs where known (config and layers); `null` for an index or an unread manifest. */
  bytes: z.number().nullable(),
  batch: z.string().nullable(),
  outcome: z.enum(OUTCOMES).nullable(),
  failure: failureSchema.nullable(),
});
export type PlannedArtifact = z.infer<typeof plannedArtifactSchema>;

/** What steers a transfer: read once from the route and the request, so that a replay sees what the run saw. */
export const transferSettingsSchema = z.object({
  continueOnErrors: z.boolean(),
  overwrite: z.boolean(),
  maxParallelBatches: z.number(),
  /** Plans of earlier versions do not have it. */
  maxSplitRuns: z.number().default(DEFAULT_SPLIT_RUNS),
  runTimeoutMinutes: z.number(),
  retry: retryPolicySchema,
  /** Plans of earlier versions have neither of the two: they go on to the import, without a receipt. */
  reach: z.enum(REACHES).optional(),
  receipts: z.enum(['required', 'optional']).optional(),
});
export type TransferSettings = z.infer<typeof transferSettingsSchema>;

/** `plan.json` of a transfer's record: the resolved list and its batches, made once. */
export const planSchema = z.object({
  transfer: z.string(),
  route: z.string(),
  plannedAt: z.string(),
  settings: transferSettingsSchema,
  batches: z.number(),
  artifacts: z.array(plannedArtifactSchema),
});
export type Plan = z.infer<typeof planSchema>;

/** The artifacts with a batch path given to each that has to move: plain batches in list order. */
export function assignBatches(artifacts: readonly PlannedArtifact[]): {
  artifacts: PlannedArtifact[];
  batches: number;
} {
  let moving = 0;
  const assigned = artifacts.map((artifact) => {
    if (artifact.outcome !== null) return artifact;
    const batch = Math.floor(moving / MAX_BATCH_ARTIFACTS) + 1;
    moving += 1;
    return { ...artifact, batch: formatBatchPath(batch) };
  });
  return { artifacts: assigned, batches: Math.ceil(moving / MAX_BATCH_ARTIFACTS) };
}

/** A run of consecutive batches, `first` to `last`, from 1. */
export interface Segment {
  segment: number;
  first: number;
  last: number;
  /** Batches of this segment that may run at once. */
  window: number;
}

/**
 * The segments of a transfer of `batches` batches. With more than one segment, two are in flight and share the
 * window; a window of 1 cannot be shared, so then they follow one another (see {@link segmentsInFlight}).
 */
export function planSegments(batches: number, maxParallelBatches: number): Segment[] {
  const count = Math.ceil(batches / MAX_SEGMENT_BATCHES);
  return Array.from({ length: count }, (_, index) => ({
    segment: index + 1,
    first: index * MAX_SEGMENT_BATCHES + 1,
    last: Math.min((index + 1) * MAX_SEGMENT_BATCHES, batches),
    window: count === 1 ? maxParallelBatches : Math.max(1, Math.floor(maxParallelBatches / 2)),
  }));
}

/** How many segments may run at once so that their windows together stay within `maxParallelBatches`. */
export function segmentsInFlight(maxParallelBatches: number): number {
  return maxParallelBatches >= 2 ? 2 : 1;
}
