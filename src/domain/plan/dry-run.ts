import { z } from 'zod';
import { type LayerFacts, MAX_LAYER_BYTES } from '../checks/artifact-checks.ts';
import type { Route } from '../route/route.ts';
import type { SlotBudgets } from '../route/slot-budget.ts';
import { selectionSchema } from '../selection/selection.ts';
import { heaviestOf } from './batching.ts';
import { estimateSeconds, type Pace } from './pace.ts';
import { assignBatches, type PlannedArtifact, plannedArtifactSchema } from './plan.ts';

/** Artifacts of one dry run at most: it is answered within the request. */
export const MAX_DRY_RUN_ARTIFACTS = 500;

/** A layer that ACR's pipelines leave behind or refuse. */
const obstacleSchema = z.object({
  code: z.enum(['FOREIGN_LAYER', 'LAYER_TOO_LARGE']),
  digest: z.string(),
  mediaType: z.string(),
  bytes: z.number(),
});
export type Obstacle = z.infer<typeof obstacleSchema>;

/**
 * The answer of a dry run. An artifact without an outcome would move; `failure` says why one would not. `bytes` are of
 * distinct registry blobs: a layer that several artifacts share counts once in the sum of a batch and of all.
 */
export const dryRunSchema = z.object({
  route: z.string(),
  /** What the request's selectors came to; there only where it has some. */
  selectors: selectionSchema.shape.selectors.optional(),
  counts: z.object({ total: z.number(), moving: z.number(), AlreadyPresent: z.number(), Failed: z.number() }),
  bytes: z.number(),
  batches: z.array(z.object({ path: z.string(), artifacts: z.number(), bytes: z.number() })),
  /** From the first batch to the last, by the route's past batches, to their hand-over where another app imports; `null` while there are none. */
  estimatedSeconds: z.number().nullable(),
  artifacts: z.array(plannedArtifactSchema.extend({ obstacles: z.array(obstacleSchema) })),
});
export type DryRun = z.infer<typeof dryRunSchema>;

/** An artifact as it was looked up, with the registry blobs of all its platforms when it would move. */
export interface InspectedArtifact {
  planned: PlannedArtifact;
  layers: readonly LayerFacts[];
}

/**
 * What a transfer of these artifacts would do: the batches are those that the plan would have. `pace` and `slots` are
 * the route's. The estimate is that of a transfer alone, in which a batch keeps one slot of each registry to its end.
 */
export function buildDryRun(
  route: Pick<Route, 'name' | 'maxParallelBatches'>,
  inspected: readonly InspectedArtifact[],
  pace?: Pace,
  slots: SlotBudgets = {},
): DryRun {
  const { artifacts } = assignBatches(
    inspected.map(({ planned, layers }) => ({
      ...planned,
      bytes: movingBytes(planned, layers),
      heaviest: heaviestOf(layers),
    })),
  );
  const layersOf = (index: number) => inspected[index]?.layers ?? [];
  const batches = new Map<string, { artifacts: number; layers: LayerFacts[] }>();
  artifacts.forEach(({ batch }, index) => {
    if (batch === null) return;
    const found = batches.get(batch) ?? { artifacts: 0, layers: [] };
    batches.set(batch, { artifacts: found.artifacts + 1, layers: [...found.layers, ...layersOf(index)] });
  });
  const count = (outcome: PlannedArtifact['outcome']) => artifacts.filter((one) => one.outcome === outcome).length;
  const described = [...batches].map(([path, one]) => {
    return { path, artifacts: one.artifacts, bytes: distinctBytes(one.layers) };
  });
  const parallel = Math.min(route.maxParallelBatches, ...Object.values(slots).map(({ limit }) => limit));
  return {
    route: route.name,
    counts: {
      total: artifacts.length,
      moving: count(null),
      AlreadyPresent: count('AlreadyPresent'),
      Failed: count('Failed'),
    },
    bytes: distinctBytes([...batches.values()].flatMap(({ layers }) => layers)),
    batches: described,
    estimatedSeconds: estimateSeconds(pace, described, parallel),
    artifacts: artifacts.map((one, index) => describe(one, layersOf(index))),
  };
}

function movingBytes({ outcome, bytes }: PlannedArtifact, layers: readonly LayerFacts[]): number | null {
  return outcome === null ? distinctBytes(layers) : bytes;
}

function describe(planned: PlannedArtifact, layers: readonly LayerFacts[]): DryRun['artifacts'][number] {
  return { ...planned, obstacles: layers.flatMap(obstaclesOf) };
}

function obstaclesOf({ digest, mediaType, sizeBytes: bytes, isForeign }: LayerFacts): Obstacle[] {
  const obstacles: Obstacle[] = [];
  if (isForeign) obstacles.push({ code: 'FOREIGN_LAYER', digest, mediaType, bytes });
  if (bytes > MAX_LAYER_BYTES) obstacles.push({ code: 'LAYER_TOO_LARGE', digest, mediaType, bytes });
  return obstacles;
}

/** Bytes of the distinct blobs among these. */
export function distinctBytes(layers: readonly LayerFacts[]): number {
  const sizes = new Map(layers.map(({ digest, sizeBytes }) => [digest, sizeBytes]));
  return [...sizes.values()].reduce((sum, sizeBytes) => sum + sizeBytes, 0);
}
