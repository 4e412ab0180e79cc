import type { PlannedArtifact } from '../plan/plan.ts';
import type { BatchRecord } from './batch-record.ts';

/** How what is left of a part goes on: as two parts, or as one without what was settled. */
export type Division = 'Halves' | 'Rest';

/** One part to be made: its path and what it holds. */
export interface NewPart {
  path: string;
  artifacts: string[];
}

/** Whether a path is that of a whole batch of the plan, not of a half or a rest. */
export function isWholeBatch(path: string): boolean {
  return /\d$/.test(path);
}

/** The path of the plan's batch that a part came from: halves and rests add letters to it. */
export function wholeBatchOf(path: string): string {
  return path.replace(/[lrx]+$/, '');
}

/** The paths of the parts that a part goes on as: halves add `l` and `r`, a rest adds `x`. */
export function childPaths(path: string, division: Division): string[] {
  return division === 'Halves' ? [`${path}l`, `${path}r`] : [`${path}x`];
}

/**
 * Deals artifacts out to the parts that `path` goes on as; the first half is never the smaller one. By name: those of a
 * repository, which often fail together, are together in as few parts as there can be.
 */
export function divide(path: string, artifacts: readonly string[], division: Division): NewPart[] {
  const paths = childPaths(path, division);
  const size = Math.ceil(artifacts.length / paths.length);
  const byName = artifacts.toSorted();
  return paths.map((child, index) => ({ path: child, artifacts: byName.slice(index * size, (index + 1) * size) }));
}

/** The artifacts of a part: of a whole batch those that the plan put there, of others those that their record names. */
export function artifactsOfPart(planned: readonly PlannedArtifact[], part: BatchRecord): PlannedArtifact[] {
  if (!part.artifacts) return planned.filter(({ batch }) => batch === part.path);
  const names = new Set(part.artifacts);
  return planned.filter(({ artifact }) => names.has(artifact));
}

/** Those of a part's artifacts of which it is not yet known what becomes of them. */
export function openArtifactsOf(planned: readonly PlannedArtifact[], part: BatchRecord): PlannedArtifact[] {
  return artifactsOfPart(planned, part).filter(({ artifact }) => !part.outcomes[artifact]?.outcome);
}

/** The parts that each artifact was in, in the order in which it was: a part's path begins with that of its parent. */
export function partsByArtifact(
  planned: readonly PlannedArtifact[],
  records: readonly BatchRecord[],
): Map<string, BatchRecord[]> {
  const whole = new Map(records.map((record) => [record.path, record]));
  const parts = new Map<string, BatchRecord[]>();
  for (const { artifact, batch } of planned) {
    const first = batch === null ? undefined : whole.get(batch);
    parts.set(artifact, first ? [first] : []);
  }
  const children = records.filter(({ artifacts }) => artifacts).sort((a, b) => a.path.length - b.path.length);
  for (const child of children) for (const artifact of child.artifacts ?? []) parts.get(artifact)?.push(child);
  return parts;
}
