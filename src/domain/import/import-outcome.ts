import { parseArtifact } from '../artifact.ts';
import type { Failure } from '../errors.ts';
import { countOutcomes, decideFinalState } from '../outcome.ts';
import type { Receipt } from '../receipt/receipt.ts';
import type { Route } from '../route/route.ts';
import type { ImportDocument, ImportedArtifact, ImportState } from './import-document.ts';

/** An artifact that an import should have brought, with what the target has under its name now. */
export interface ExpectedArtifact {
  artifact: string;
  /** By the receipt; `null` without one: then what is there under that name counts. */
  expectedDigest: string | null;
  /** `confirmed`: the archive holds it for sure. */
  presence: 'confirmed' | 'expected';
  digest: string | null;
  /** A run says that it imported it, and the receipt does not name it. */
  isNotInReceipt: boolean;
}

/**
 * What became of one artifact: the digest decides, whatever the runs say; `failure` is of the run, if it failed. What
 * arrived beside the receipt is an error of its own where the route requires receipts.
 */
export function decideImported(
  expected: ExpectedArtifact,
  { failure, receipts }: { failure: Failure | null; receipts: Route['receipts'] },
): ImportedArtifact {
  const { artifact, expectedDigest, digest, isNotInReceipt } = expected;
  const told = { artifact, digest, expectedDigest, isNotInReceipt };
  if (digest !== null && (expectedDigest === null || digest === expectedDigest)) {
    const isForbidden = isNotInReceipt && receipts === 'required';
    return { ...told, outcome: 'Transferred', error: isForbidden ? notInReceipt(artifact) : null };
  }
  return { ...told, outcome: 'Failed', error: whyNot(expected, failure) };
}

function notInReceipt(artifact: string): Failure {
  const message = `${artifact} was imported from the archive, and its receipt does not name it.`;
  return { class: 'artifact', code: 'NOT_IN_RECEIPT', message, side: 'target' };
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
 * run failed. One that the receipt confirmed and that is missing makes the whole a mismatch; one that arrived beside a
 * receipt that is required is an error.
 */
export function decideImportEnd(
  artifacts: readonly ImportedArtifact[],
  failure: Failure | null,
): { state: ImportState; error: Failure | null } {
  const mismatch = artifacts.find(({ error }) => error?.code === 'RECEIPT_MISMATCH')?.error;
  if (mismatch) return { state: 'Failed', error: mismatch };
  if (artifacts.length === 0) return { state: failure ? 'Failed' : 'Succeeded', error: failure };
  const listed = artifacts.filter(({ isNotInReceipt }) => !isNotInReceipt);
  const state = decideFinalState(countOutcomes(listed.map(({ outcome }) => outcome)), false);
  const isShort = failure !== null && listed.every(({ expectedDigest }) => expectedDigest === null);
  if (state === 'Succeeded' && artifacts.some(({ error }) => error !== null)) {
    return { state: 'CompletedWithErrors', error: failure };
  }
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

/** What a receipt names, to tell whether something that a run has imported is among it. */
export function namedBy(receipt: Pick<Receipt, 'artifacts'>): (imported: string) => boolean {
  const names = new Set(receipt.artifacts.map(({ artifact }) => artifact));
  const byDigest = new Set(receipt.artifacts.map(({ artifact, digest }) => `${repositoryOf(artifact)}@${digest}`));
  return (imported) => names.has(imported) || byDigest.has(imported);
}

function repositoryOf(artifact: string): string {
  const parsed = parseArtifact(artifact);
  return 'fault' in parsed ? artifact : parsed.artifact.repository;
}

/** The fields of an import's document that say how it ended. */
export type ImportEndFields = Pick<ImportDocument, 'state' | 'error' | 'reason' | 'finishedAt'>;
