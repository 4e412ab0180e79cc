import { ARTIFACT_FORMS } from '../artifact.ts';
import { type Check, judge } from './check.ts';

/** ACR Transfer's limit for one layer: 8 GB. */
export const MAX_LAYER_BYTES = 8_000_000_000;

/** A layer as its descriptor names it. */
export interface LayerFacts {
  digest: string;
  mediaType: string;
  sizeBytes: number;
  /** Whether the registry need not hold it (foreign, non-distributable). */
  isForeign: boolean;
}

/** An artifact of the source: unreadable as a name, missing, or there with its layers. */
export type ArtifactFacts =
  | { artifact: string; state: 'invalid'; fault: string }
  | { artifact: string; state: 'missing' }
  | { artifact: string; state: 'found'; digest: string; layers: readonly LayerFacts[] };

/** That an artifact is named right, exists in the source, and has no layers that would stay behind. */
export function judgeArtifact(facts: ArtifactFacts): Check[] {
  const { artifact } = facts;
  if (facts.state === 'invalid') {
    return [
      judge({
        code: 'REFERENCE_INVALID',
        side: 'source',
        holds: false,
        found: `'${artifact}' ${facts.fault}`,
        needed: ARTIFACT_FORMS,
        remedy: 'Correct the name.',
      }),
    ];
  }
  const exists = judge({
    code: 'ARTIFACT_NOT_FOUND',
    side: 'source',
    holds: facts.state === 'found',
    found: facts.state === 'found' ? `${artifact} is ${facts.digest}` : `no ${artifact}`,
    needed: 'an artifact of the source registry',
    remedy: 'Correct the spelling of repository and tag, or push the artifact to the source registry.',
  });
  return facts.state === 'found' ? [exists, ...judgeLayers(artifact, facts.layers)] : [exists];
}

function judgeLayers(artifact: string, layers: readonly LayerFacts[]): Check[] {
  const foreign = layers.filter(({ isForeign }) => isForeign);
  const large = layers.filter(({ sizeBytes }) => sizeBytes > MAX_LAYER_BYTES);
  return [
    judge({
      code: 'FOREIGN_LAYER',
      side: 'source',
      holds: foreign.length === 0,
      found: describe(artifact, foreign, ({ mediaType }) => mediaType),
      needed: 'layers that the source registry itself holds',
      remedy:
        'Push those layers into the source registry first (docker: --allow-nondistributable-artifacts), else pulls in an isolated network look for them elsewhere.',
    }),
    judge({
      code: 'LAYER_TOO_LARGE',
      side: 'source',
      holds: large.length === 0,
      found: describe(artifact, large, ({ sizeBytes }) => `${sizeBytes} bytes`),
      needed: 'layers of at most 8 GB',
      remedy: 'Split the layer when the image is built: pipelines move layers of at most 8 GB.',
    }),
  ];
}

function describe(artifact: string, layers: readonly LayerFacts[], what: (layer: LayerFacts) => string): string {
  const list = layers.map((layer) => `${layer.digest} (${what(layer)})`).join(', ');
  return `${artifact}: ${list || 'none'}`;
}
