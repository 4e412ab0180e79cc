import type { AttemptReport } from '../activities.ts';
import type { Failure } from '../errors.ts';
import type { Division } from './batch-parts.ts';

/** What was seen when the run of a part was over and its artifacts had been looked for in the target. */
export interface PartEnd {
  /** Artifacts that the run was given. */
  tried: number;
  /** Those of them that are in the target. */
  arrived: number;
  /** Those that failed for a reason of their own (gone, moved, in conflict). */
  named: number;
  /** What ended the run; `null` when it went through. */
  failed: AttemptReport | null;
}

/** What had happened to the artifacts of a part before its run. */
export interface PartPast {
  /** A run had them before. */
  isRetry: boolean;
  /** They were left behind by a run that went through. */
  isLeftover: boolean;
  /** What the failure was that they were left alone for, see {@link comparable}; `null` where another try tells nothing. */
  said: string | null;
  /** Splits in a row, the last one this part's own, of which both halves failed with the same message. */
  alikeSplits: number;
}

/** The past of a whole batch. */
export const NO_PAST: PartPast = { isRetry: false, isLeftover: false, said: null, alikeSplits: 0 };

/**
 * How a part goes on. `Done`: every artifact is settled. `Retry`: all of it again, as a new attempt. `GiveUp`: what
 * is open gets the failure of the run. `NotIsolated`: the same, and it is not known which artifact it came from.
 */
export type Next = 'Done' | 'Retry' | 'GiveUp' | 'NotIsolated' | Division;

/** Splits in a row with the same answer on both sides after which splitting tells nothing. */
const MAX_ALIKE_SPLITS = 2;

/**
 * Decides how a part goes on where the transfer continues on errors; `runsLeft` is what the batch may still spend on
 * parts. The number of runs of a batch is at most 2 and `maxSplitRuns`; for one culprit among n, a run that names
 * nothing takes 2 + 2 ⌈log2 n⌉ (14 for 50, 12 of them of parts).
 */
export function decideNext(end: PartEnd, past: PartPast, runsLeft: number): Next {
  const open = end.tried - end.arrived - end.named;
  if (open === 0) return 'Done';
  if (end.failed === null) return past.isLeftover || runsLeft < 1 ? 'GiveUp' : 'Rest';
  if (!mayBeOneArtifact(end.failed)) return 'GiveUp';
  const isFirstTry = !past.isRetry && end.failed.failure.class === 'service';
  if (end.tried === 1) return isFirstTry || (saysAnother(end.failed, past) && runsLeft > 0) ? 'Retry' : 'GiveUp';
  if (isFirstTry && open === end.tried) return 'Retry';
  // The culprit is known and out of it, or a single one is left, or what arrived makes the plain retry a smaller one.
  if (end.named > 0 || open === 1 || isFirstTry) return runsLeft < 1 ? 'NotIsolated' : 'Rest';
  return past.alikeSplits >= MAX_ALIKE_SPLITS || runsLeft < 2 ? 'NotIsolated' : 'Halves';
}

/** An artifact that is alone now, and fails for another reason than the one it was left alone for, may not be the culprit. */
function saysAnother({ failure }: AttemptReport, { said }: PartPast): boolean {
  return failure.class === 'service' && said !== null && said !== comparable(failure);
}

/** Failures of this app's own codes have been explained, but for these two: what the service said is all there is. */
const UNEXPLAINED = new Set(['RUN_FAILED', 'RUN_REFUSED']);
const OWN_CODE = /^[A-Z0-9_]+$/;

/** Whether it makes sense to look for one artifact that a failed run came from. A copy knows no artifacts. */
function mayBeOneArtifact({ step, failure }: AttemptReport): boolean {
  if (step !== 'Export' && step !== 'Import') return false;
  if (failure.class === 'artifact') return true;
  return failure.class === 'service' && (UNEXPLAINED.has(failure.code) || !OWN_CODE.test(failure.code));
}

/**
 * `alikeSplits` for the parts of a split that has ended: one more than above it when both halves failed with the same
 * message, otherwise 0. Counted from each part downwards, not over the batch: several culprits that fail alike in one
 * half shall not stop the search in the other.
 */
export function countAlikeSplits(above: number, ends: readonly PartEnd[]): number {
  const [left, right, ...more] = ends.map(({ failed }) => failed);
  if (!left || !right || more.length > 0) return ends.length < 2 ? above : 0;
  if (!mayBeOneArtifact(left) || !mayBeOneArtifact(right)) return 0;
  return comparable(left.failure) === comparable(right.failure) ? above + 1 : 0;
}

/** Run names, archive names and GUIDs: what differs from run to run though the reason is the same. */
const NAMES_OF_RUNS = [
  /\b[a-z0-9-]+-b\d{4,}[lrx]*-a\d{2}\.tar\b/g,
  /\b[ei][a-z2-7]{26}a\d{2}\b/g,
  /\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi,
];

/** A failure as text that is the same for the same reason, whatever run it ended. */
export function comparable({ class: failureClass, code, message }: Failure): string {
  return `${failureClass} ${code} ${NAMES_OF_RUNS.reduce((text, name) => text.replace(name, '*'), message)}`;
}

/** The failure of artifacts among which the culprit was not found; the run's message and correlation id stay. */
export function notIsolated(report: AttemptReport, artifacts: number): AttemptReport {
  const message = `Not isolated: it came from one or more of ${artifacts} artifacts. ${report.failure.message}`;
  return { ...report, failure: { ...report.failure, code: 'NOT_ISOLATED', message } };
}
