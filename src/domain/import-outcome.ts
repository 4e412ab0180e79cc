import { parseArtifact } from './artifact.ts';
import type { Failure } from './errors.ts';
import type { ImportDocument, ImportedArtifact, ImportState } from './import-document.ts';
import { countOutcomes, decideFinalState } from './outcome.ts';

/** An artifact that an import should have brought, with what the target has under its name now. */
export interface ExpectedArtifact {
  artifact: string;
  /** By the receipt; `null` without one: then what is there under that name counts. */
  expectedDigest: string | null;
  /** `confirmed`: the archive holds it for sure. */
  presence: 'confirmed' | 'expected';
  digest: string | null;
}

/** What became of one artifact: the digest decides, whatever the runs say; `failure` is of the run, if it failed. */
export function decideImported(expected: ExpectedArtifact, failure: Failure | null): ImportedArtifact {
  const { artifact, expectedDigest, digest } = expected;
  const told = { artifact, digest, expectedDigest };
  if (digest !== null && (expectedDigest === null || digest === expectedDigest)) {
    return { ...told, outcome: 'Transferred', error: null };
  }
  return { ...told, outcome: 'Failed', error: whyNot(expected, failure) };
}

function whyNot({ artifact, expectedDigest, digest, presence }: ExpectedArtifact, failure: Failure | null): Failure {
  if (failure) return failure;
  if (digest !== null) {
    const message = `${artifact} is ${digest} in the target; ${expectedDigest} did not replace it.`;
    return { class: 'conflict', code: 'TAG_EXISTS', message, side: 'target' };
  }
  return presence === 'confirmed' && expectedDigest !== null
    ? {
        class: 'artifact',
        code: 'RECEIPT_MISMATCH',
        message: `${artifact} was confirmed by the receipt and did not arrive.`,
        side: 'target',
      }
    : {
        class: 'service',
        code: 'NOT_ARRIVED',
        message: `${artifact} is not in the target after the run.`,
        side: 'target',
      };
}

/**
 * How an import ends. What arrived counts, whoever brought it: with all artifacts there it has `Succeeded` even where a
 * run failed. One that the receipt confirmed and that is missing makes the whole a mismatch.
 */
export function decideImportEnd(
  artifacts: readonly ImportedArtifact[],
  failure: Failure | null,
): { state: ImportState; error: Failure | null } {
  const mismatch = artifacts.find(({ error }) => error?.code === 'RECEIPT_MISMATCH')?.error;
  if (mismatch) return { state: 'Failed', error: mismatch };
  if (artifacts.length === 0) return { state: failure ? 'Failed' : 'Succeeded', error: failure };
  const state = decideFinalState(countOutcomes(artifacts.map(({ outcome }) => outcome)), false);
  const isShort = failure !== null && artifacts.every(({ expectedDigest }) => expectedDigest === null);
  if (state === 'Succeeded') return isShort ? { state: 'CompletedWithErrors', error: failure } : { state, error: null };
  return { state, error: failure ?? (state === 'Failed' ? (artifacts[0]?.error ?? null) : null) };
}

/**
 * An entry of a run's `importedArtifacts` as an artifact's name: `repository:tag`, `repository@digest`, a bare
 * repository (which means `latest`), each with or without the registry's host in front; `undefined` for what is neither.
 */
export function parseImported(text: string, loginServer: string): string | undefined {
  const host = `${loginServer.toLowerCase()}/`;
  const plain = text.toLowerCase().startsWith(host) ? text.slice(host.length) : text;
  const named = /[:@]/.test(plain.slice(plain.lastIndexOf('/') + 1)) ? plain : `${plain}:latest`;
  return 'fault' in parseArtifact(named) ? undefined : named;
}

/** The fields of an import's document that say how it ended. */
export type ImportEndFields = Pick<ImportDocument, 'state' | 'error' | 'reason' | 'finishedAt'>;
