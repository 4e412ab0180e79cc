import type { PlannedArtifact } from '../plan/plan.ts';
import { RECEIPT_VERSION, type Receipt } from './receipt.ts';

/** What a receipt is made from. */
export interface ExportFacts {
  transfer: string;
  route: string;
  batch: string;
  archive: Receipt['archive'];
  catalogDigest: string | null;
  exportedAt: string;
  /** What the export run was given. */
  artifacts: readonly PlannedArtifact[];
  /** Those of them that are not under their name in the source any more with the digest that they were planned with. */
  changed: ReadonlySet<string>;
  run: RunTrust;
}

/** What tells whether an export run that succeeded may have left something out. */
export interface RunTrust {
  /** The run said that something went wrong. */
  saidError: boolean;
  /** The pipeline has ContinueOnErrors: a run succeeds whatever it leaves out. */
  continuesOnErrors: boolean;
}

/**
 * Whether a run that succeeded cannot have left an artifact out: it said nothing, and would have failed otherwise. A run
 * of a single artifact has nothing to go on with.
 */
export function leavesNothingOut({ saidError, continuesOnErrors }: RunTrust, artifacts: number): boolean {
  return !saidError && (!continuesOnErrors || artifacts === 1);
}

/** The receipt of an archive. Artifacts without a digest were never given to a run. */
export function buildReceipt({ artifacts, changed, run, ...facts }: ExportFacts): Receipt {
  const isComplete = leavesNothingOut(run, artifacts.length);
  return {
    version: RECEIPT_VERSION,
    ...facts,
    artifacts: artifacts.flatMap(({ artifact, digest, mediaType, bytes }) => {
      if (digest === null) return [];
      const presence = isComplete && !changed.has(artifact) ? 'confirmed' : 'expected';
      return [{ artifact, digest, mediaType, bytes, presence }];
    }),
  };
}

/** The text of a receipt: the same for the same content, since the signature is over it. */
export function formatReceipt(receipt: Receipt): string {
  return `${JSON.stringify(receipt, null, 2)}\n`;
}
