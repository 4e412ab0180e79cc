import type { Failure } from '../errors.ts';
import type { Outcome } from '../outcome.ts';
import { isCanceled, isStopped } from '../transfer/control.ts';

/** What the registries say about one artifact after its batch was imported, or could not be. */
export interface Evidence {
  /** Digest resolved before the transfer moved anything. */
  planned: string;
  /** Digest under the artifact's name in the target now; `undefined` when there is none. */
  target: string | undefined;
  /** Digest under the artifact's name in the source now; asked only when `target` is not `planned`. */
  source: string | undefined;
  /** Why the batch failed, if it did. */
  failure: Failure | undefined;
  /** The transfer may replace tags: another digest in the target is then no conflict. Default false. */
  overwrite?: boolean;
  /** What a run that went through says it left behind. */
  leftBehind?: Failure | undefined;
}

export interface Verdict {
  outcome: Outcome;
  failure: Failure | null;
  /** The failure is this artifact's own: its batch could not have fared better. */
  isOwn: boolean;
}

/** Of an artifact that was exported for another app to import: what becomes of it is for that side to say. */
export const HANDED_OVER: Verdict = { outcome: 'HandedOver', failure: null, isOwn: true };

/** The outcome of one artifact: what the digests say first, what the batch's failure says second. */
export function decideOutcome(artifact: string, evidence: Evidence): Verdict {
  const { planned, target, source, failure, leftBehind, overwrite = false } = evidence;
  if (target === planned) return { outcome: 'Transferred', failure: null, isOwn: false };
  if (failure && isCanceled(failure)) return { outcome: 'Canceled', failure: null, isOwn: true };
  if (failure && isStopped(failure)) return { outcome: 'Skipped', failure: null, isOwn: true };
  if (source === undefined) {
    return failed('artifact', 'ARTIFACT_GONE', `${artifact} was ${planned} when the transfer began and is gone now.`);
  }
  if (source !== planned) {
    return failed('artifact', 'TAG_MOVED', `${artifact} was ${planned} when the transfer began and is ${source} now.`);
  }
  // A run that fails because the tag exists says so in free text only; a failure that was explained stands.
  if (!overwrite && target !== undefined && (failure === undefined || failure.code === 'RUN_FAILED')) {
    return failed('conflict', 'TAG_EXISTS', `${artifact} is ${target} in the target; ${planned} did not replace it.`);
  }
  if (failure) return { outcome: 'Failed', failure, isOwn: false };
  return { ...notArrived(artifact, leftBehind), isOwn: false };
}

function notArrived(artifact: string, leftBehind: Failure | undefined): Verdict {
  const message = `${artifact} is not in the target after the import run succeeded.`;
  const verdict = failed('service', 'NOT_ARRIVED', leftBehind ? `${message} ${leftBehind.message}` : message);
  const { correlationId } = leftBehind ?? {};
  return correlationId && verdict.failure ? { ...verdict, failure: { ...verdict.failure, correlationId } } : verdict;
}

function failed(kind: Failure['class'], code: string, message: string): Verdict {
  return { outcome: 'Failed', failure: { class: kind, code, message }, isOwn: true };
}
