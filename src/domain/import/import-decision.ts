import type { Failure } from '../errors.ts';
import { decidePollDelayMs } from '../retry.ts';
import type { Route } from '../route/route.ts';
import { isTriggerOn, TOO_OLD } from './auto-import.ts';
import type { ReceiptView } from './import-document.ts';

/** What is known at one look at an import. */
export interface ImportEvidence {
  auto: Route['import']['auto'];
  by: Route['import']['by'];
  /** Of the pipeline's source trigger, live. */
  triggerStatus: string | undefined;
  /** Somebody asked for this import: the table of triggers does not count. */
  isRequested: boolean;
  /** A run that this import has started is there. */
  hasOwnRun: boolean;
  /** A run of ACR's trigger on this state of the blob that has not been followed. */
  serviceRun: string | null;
  /** `Changed`: another content, or other metadata than the app's own, since it landed. */
  blob: 'There' | 'Claimed' | 'Changed' | 'Gone';
  /** Conditions of ACR's trigger that the blob breaks. */
  broken: readonly string[];
  receipt: ReceiptView;
  receipts: Route['receipts'];
  /** Milliseconds since the blob landed, or since the import was asked for. */
  waitedMs: number;
  waitMs: number;
}

/** What an import does next. */
export type ImportStep =
  /** `elseImport`: should that run fail, the app imports the blob; it has claimed it, so nobody else will. */
  | { step: 'Follow'; run: string; elseImport?: true }
  /** Take the blob, so that ACR's trigger leaves it alone, and look again. */
  | { step: 'Claim' }
  | { step: 'Import' }
  | { step: 'Wait'; delayMs: number; reason: string }
  | { step: 'Ignore'; reason: string }
  | { step: 'Fail'; failure: Failure };

/**
 * The table of triggers and what may come in between. A run that is there decides first, whoever started it; a claim
 * once made is carried through, whatever the trigger says by then: nobody else would import the blob any more.
 */
export function decideImportStep(evidence: ImportEvidence): ImportStep {
  const { hasOwnRun, serviceRun, blob, isRequested } = evidence;
  if (hasOwnRun) return { step: 'Import' };
  if (serviceRun !== null) {
    const isOurs = blob === 'Claimed' && stoppedBy(evidence) === undefined;
    return { step: 'Follow', run: serviceRun, ...(isOurs ? { elseImport: true } : {}) };
  }
  if (blob === 'Gone') return isRequested ? fail('service', 'ARCHIVE_NOT_FOUND', GONE) : ignore(GONE);
  if (blob === 'Changed') return isRequested ? fail('conflict', 'ARCHIVE_CHANGED', CHANGED) : ignore(CHANGED);
  if (blob === 'Claimed') return decideClaimed(evidence);
  if (isRequested) return { step: 'Claim' };
  return decideUnclaimed(evidence);
}

const GONE = 'The blob is gone, and no run has imported it.';
const CHANGED = 'The blob was written anew before it was imported; its new state is an import of its own.';

function decideUnclaimed(evidence: ImportEvidence): ImportStep {
  const { auto, by, broken } = evidence;
  const left = whyLeftAlone(evidence);
  if (left !== undefined) return ignore(left);
  const isOn = isTriggerOn(evidence.triggerStatus);
  const isLeft = auto === 'never' || (by === 'service' && isOn && stoppedBy(evidence) === undefined);
  if (isLeft && broken.length === 0 && !isOver(evidence)) {
    return wait(evidence, "The import waits for the run of ACR's own trigger.");
  }
  if (auto !== 'never') return { step: 'Claim' };
  const minutes = evidence.waitMs / 60_000;
  return fail(
    'service',
    'SERVICE_DID_NOT_IMPORT',
    `${NEVER} No run of its trigger appeared within ${minutes} minutes.`,
  );
}

const NEVER = 'import.auto of the route is never: the service imports.';

/**
 * Why neither the app nor the service imports a blob that nobody has asked for; `undefined` where one of them does. Of the
 * conditions that it breaks, age counts wherever the trigger decides: what has lain there so long did not land just now.
 */
export function whyLeftAlone({
  auto,
  triggerStatus,
  broken,
}: Pick<ImportEvidence, 'auto' | 'triggerStatus' | 'broken'>): string | undefined {
  if (auto !== 'always' && !isTriggerOn(triggerStatus)) return 'The source trigger of the import pipeline is Disabled.';
  if (auto === 'mirror' && broken.includes(TOO_OLD)) {
    return `ACR's own trigger does not take this blob, and import.auto of the route is mirror: ${TOO_OLD}.`;
  }
  if (auto !== 'never' || broken.length === 0) return undefined;
  return `${NEVER} Its trigger does not take this blob: ${broken.join(', ')}.`;
}

function decideClaimed(evidence: ImportEvidence): ImportStep {
  const stopped = stoppedBy(evidence);
  if (!stopped) return { step: 'Import' };
  return stopped.mayCome && !isOver(evidence)
    ? wait(evidence, stopped.failure.message)
    : { step: 'Fail', failure: stopped.failure };
}

/** What an archive's receipt has against its import; `undefined` where nothing. */
export function receiptFailure(evidence: Pick<ImportEvidence, 'receipt' | 'receipts'>): Failure | undefined {
  return stoppedBy(evidence)?.failure;
}

/** Why the receipt stops the import, and whether another one may soon be there. */
function stoppedBy({
  receipt,
  receipts,
}: Pick<ImportEvidence, 'receipt' | 'receipts'>): { failure: Failure; mayCome: boolean } | undefined {
  const { state, reason } = receipt;
  const stop = (code: string, mayCome: boolean, text: string) => ({
    failure: { class: 'artifact', code, message: reason ?? text, side: 'target' } satisfies Failure,
    mayCome,
  });
  if (state === 'mismatch') return stop('RECEIPT_MISMATCH', false, 'The archive is not what its receipt says.');
  if (state === 'invalid') return stop('RECEIPT_INVALID', false, 'The receipt cannot be read.');
  if (receipts === 'optional') return undefined;
  if (state === 'unsigned') return stop('RECEIPT_UNSIGNED', true, 'The signature of the receipt is not good.');
  if (state === 'matched') return undefined;
  return stop('RECEIPT_MISSING', true, 'The route requires a receipt, and there is none for this archive.');
}

function isOver({ waitedMs, waitMs }: ImportEvidence): boolean {
  return waitedMs >= waitMs;
}

function wait({ waitedMs, waitMs }: ImportEvidence, reason: string): ImportStep {
  return { step: 'Wait', delayMs: Math.min(decidePollDelayMs(waitedMs), Math.max(1, waitMs - waitedMs)), reason };
}

function ignore(reason: string): ImportStep {
  return { step: 'Ignore', reason };
}

function fail(kind: Failure['class'], code: string, message: string): ImportStep {
  return { step: 'Fail', failure: { class: kind, code, message, side: 'target' } };
}
