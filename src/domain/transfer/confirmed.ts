import { z } from 'zod';
import type { ArtifactDocument } from './transfer-document.ts';

/** `confirmed/{route}.json`: by artifact, the digest that the other side said last that it has under that name. */
export const confirmedSchema = z.record(z.string(), z.string());
export type Confirmed = z.infer<typeof confirmedSchema>;

/** Entries that are kept, two of the largest transfers; those that were confirmed longest ago go first. */
export const MAX_CONFIRMED = 200_000;

/**
 * What is known of the other side after it has spoken of these artifacts: what arrived is there, of what failed nothing
 * is known any more. What waits changes nothing.
 */
export function updateConfirmed(
  known: Confirmed,
  settled: readonly Pick<ArtifactDocument, 'artifact' | 'digest' | 'outcome'>[],
): Confirmed {
  const entries = new Map(Object.entries(known));
  for (const { artifact, digest, outcome } of settled) {
    if (outcome !== 'Transferred' && outcome !== 'Failed') continue;
    // Set anew it is the last, and so the one that goes last.
    entries.delete(artifact);
    if (outcome === 'Transferred' && digest !== null) entries.set(artifact, digest);
  }
  return Object.fromEntries([...entries].slice(-MAX_CONFIRMED));
}
