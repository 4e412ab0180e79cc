import { z } from 'zod';
import type { Outcome } from '../outcome.ts';
import { type ArtifactDocument, artifactDocumentSchema } from './transfer-document.ts';

/** The answer of `GET /transfers/{id}/artifacts`; `continuation` is there when there may be more. */
export const artifactPageSchema = z.object({
  value: z.array(artifactDocumentSchema),
  continuation: z.string().optional(),
});
export type ArtifactPage = z.infer<typeof artifactPageSchema>;

export interface ArtifactFilter {
  outcome?: Outcome | undefined;
  /** Part of the artifact's name, in any case of letters. */
  search?: string | undefined;
  /** Artifacts of a page at most. */
  limit: number;
  /** Where the page before ended: a place in the transfer's list, from 0; the page begins after it. */
  after?: number | undefined;
}

/** A page of a transfer's artifacts, in the order of its list. */
export function pageArtifacts(artifacts: readonly ArtifactDocument[], filter: ArtifactFilter): ArtifactPage {
  const { limit, after = -1 } = filter;
  const value: ArtifactDocument[] = [];
  for (let place = after + 1; place < artifacts.length; place++) {
    const artifact = artifacts[place];
    if (!artifact || !matches(artifact, filter)) continue;
    value.push(artifact);
    if (value.length === limit) return { value, continuation: String(place) };
  }
  return { value };
}

function matches({ artifact, outcome }: ArtifactDocument, filter: ArtifactFilter): boolean {
  const { outcome: wanted, search = '' } = filter;
  return (wanted === undefined || wanted === outcome) && artifact.toLowerCase().includes(search.toLowerCase());
}
