import { z } from 'zod';
import { parseArtifact } from '../artifact.ts';
import { failureSchema } from '../failure-schema.ts';
import { formatBatchPath } from '../names.ts';
import { OUTCOMES } from '../outcome.ts';
import { DEFAULT_SPLIT_RUNS, retryPolicySchema } from '../route/route.ts';
import { type Cargo, dealBatches } from './batching.ts';
import { REACHES } from './hand-over.ts';

/** Batches of one segment at most: what keeps a segment's history short. */
export const MAX_SEGMENT_BATCHES = 20;
/** Artifacts that one call of the resolving activity looks up. */
export const RESOLVE_PAGE_ARTIFACTS = 250;
/** Pages of a list that one child of a transfer works on: what keeps the transfer's own history short. */
export const PAGES_PER_CHILD = 20;

/**
 * One artifact of the plan: what it was when the transfer began. `outcome` is there already when nothing has to move
 * (`AlreadyPresent`) or nothing can (`Failed`).
 */
export const plannedArtifactSchema = z.object({
  artifact: z.string(),
  digest: z.string().nullable(),
  mediaType: z.string().nullable(),
  /** Bytes of its distinct registry blobs, of all platforms; `null` where nothing moves or a manifest could not be read. */
  bytes: z.number().nullable(),
  batch: z.string().nullable(),
  outcome: z.enum(OUTCOMES).nullable(),
  failure: failureSchema.nullable(),
});
export type PlannedArtifact = z.infer<typeof plannedArtifactSchema>;

/** An artifact that was looked up, with what decides on its batch; pages of earlier versions do not have that. */
export const resolvedArtifactSchema = plannedArtifactSchema.extend({
  heaviest: z.array(z.tuple([z.string(), z.number()]).readonly()).optional(),
});
export type ResolvedArtifact = z.infer<typeof resolvedArtifactSchema>;

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

/** `plan/{path}.json`: what the plan says of one batch. */
export const batchPlanSchema = planSchema.pick({ route: true, settings: true, artifacts: true });
export type BatchPlan = z.infer<typeof batchPlanSchema>;

/** The part of a plan for each of its batches, with the batch's path. */
export function batchPlansOf({ route, settings, artifacts }: Plan): [path: string, part: BatchPlan][] {
  const held = new Map<string, PlannedArtifact[]>();
  for (const artifact of artifacts) {
    if (artifact.batch === null) continue;
    const others = held.get(artifact.batch);
    if (others) others.push(artifact);
    else held.set(artifact.batch, [artifact]);
  }
  return [...held].map(([path, ones]) => [path, { route, settings, artifacts: ones }]);
}

/** The artifacts with a batch path given to each that has to move, see {@link dealBatches}; what was only for that goes. */
export function assignBatches(resolved: readonly ResolvedArtifact[]): {
  artifacts: PlannedArtifact[];
  batches: number;
} {
  const moving = resolved.filter(({ outcome }) => outcome === null);
  const dealt = dealBatches(moving.map(cargoOf));
  let moved = 0;
  let batches = 0;
  const artifacts = resolved.map(({ heaviest, ...artifact }) => {
    if (artifact.outcome !== null) return artifact;
    const batch = (dealt[moved++] ?? 0) + 1;
    batches = Math.max(batches, batch);
    return { ...artifact, batch: formatBatchPath(batch) };
  });
  return { artifacts, batches };
}

function cargoOf({ artifact, bytes, heaviest = [] }: ResolvedArtifact): Cargo {
  const parsed = parseArtifact(artifact);
  return { repository: 'fault' in parsed ? '' : parsed.artifact.repository, bytes: bytes ?? 0, heaviest };
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

/** Consecutive pages, `first` to `last`, from 1. */
export interface PageRange {
  first: number;
  last: number;
}

/** `pages` in ranges of `size`. */
export function planPageRanges(pages: number, size: number): PageRange[] {
  return Array.from({ length: Math.ceil(pages / size) }, (_, index) => ({
    first: index * size + 1,
    last: Math.min((index + 1) * size, pages),
  }));
}
