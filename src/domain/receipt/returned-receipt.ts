import type { BatchRecord } from '../batch/batch-record.ts';
import { type Failure, redact } from '../errors.ts';
import { countOutcomes, decideFinalState, type Outcome } from '../outcome.ts';
import type { Handover } from '../plan/hand-over.ts';
import { type ArtifactDocument, type TransferDocument, toAttempt } from '../transfer/transfer-document.ts';
import { type ImportReceipt, importReceiptSchema } from './receipt.ts';
import { verifySignature } from './receipt-signature.ts';

/** A batch that was handed over, as the report has it. */
export interface AwaitedBatch {
  path: string;
  archive: string;
}

/** A receipt that came back, and is believed: of this batch, from a side that the route's keys know. */
export type Returned = { ok: true; receipt: ImportReceipt } | { ok: false; ignored: NonNullable<Handover['ignored']> };

/** Batches of which something still waits for the other side's receipt. */
export function awaitedBatches({ batches, artifacts = [] }: TransferDocument): AwaitedBatch[] {
  const waiting = new Set(artifacts.flatMap(({ outcome, batch }) => (outcome === 'HandedOver' ? [batch] : [])));
  return batches.flatMap(({ path, archive, handover }) =>
    archive && handover && waiting.has(path) ? [{ path, archive: archive.name }] : [],
  );
}

/**
 * Reads what lies where the other side's receipt of a batch is expected. Anybody may have put it there: a text that is
 * none, one of another transfer, batch or archive, or, where the route has keys, one that none of them has signed is not
 * believed. Never throws.
 */
export function readReturned(
  { text, signature }: { text: string; signature: string | null },
  expected: AwaitedBatch & { transfer: string },
  publicKeys: readonly string[],
): Returned {
  if (publicKeys.length > 0) {
    const verdict = verifySignature(text, signature, publicKeys);
    if (!verdict.ok) return ignoredReceipt(`SIGNATURE_${verdict.fault}`, verdict.message);
  }
  const parsed = importReceiptSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue?.path.join('.') || 'the document';
    return ignoredReceipt('RECEIPT_INVALID', `${place}: ${issue?.message}`.slice(0, MAX_MESSAGE));
  }
  const { transfer, batch, archive, artifacts } = parsed.data;
  if (new Set(artifacts.map(({ artifact }) => artifact)).size < artifacts.length) {
    return ignoredReceipt('RECEIPT_INVALID', 'artifacts: one is named twice');
  }
  const isOfBatch = transfer === expected.transfer && batch === expected.path && archive.name === expected.archive;
  if (isOfBatch) return { ok: true, receipt: parsed.data };
  const found = `${transfer}, ${batch}, ${archive.name}`.slice(0, MAX_MESSAGE);
  return ignoredReceipt(
    'RECEIPT_OF_ANOTHER',
    `it is of ${found}; expected: ${expected.transfer}, ${expected.path}, ${expected.archive}`,
  );
}

/** A report with what has come back, and the paths of the batches whose receipt is not believed, told for the first time. */
export interface Applied {
  /** `undefined` when nothing of it changed. */
  report: TransferDocument | undefined;
  ignored: string[];
}

/**
 * The report with what the other side says, by the paths of batches: each artifact that was handed over has arrived, with
 * the digest that it was planned with, or failed. What the receipt does not name, or not with that digest, goes on
 * waiting, and nothing else changes. One pass, whatever number of receipts came at once. `now` in ISO 8601.
 */
export function applyReturned(
  report: TransferDocument,
  returned: ReadonlyMap<string, Returned>,
  { now, stopped }: { now: string; stopped: boolean },
): Applied {
  const tell = new Map([...returned].map(([path, one]) => [path, one.ok ? tellerOf(one.receipt, now) : undefined]));
  const changed = new Set<string | null>();
  const artifacts = (report.artifacts ?? []).map((artifact) => {
    const teller = artifact.outcome === 'HandedOver' ? tell.get(artifact.batch ?? '') : undefined;
    const settled = teller?.(artifact) ?? artifact;
    if (settled !== artifact) changed.add(artifact.batch);
    return settled;
  });
  const ignored: string[] = [];
  const batches = report.batches.map((batch) => {
    const one = returned.get(batch.path);
    if (changed.has(batch.path)) return withIgnored(batch, null);
    if (!one || one.ok || !batch.handover || isKnown(batch.handover.ignored, one.ignored)) return batch;
    ignored.push(batch.path);
    return withIgnored(batch, one.ignored);
  });
  if (changed.size > 0) return { report: conclude({ ...report, batches, artifacts }, now, stopped), ignored };
  return { report: ignored.length > 0 ? { ...report, batches } : undefined, ignored };
}

function tellerOf(receipt: ImportReceipt, now: string): (artifact: ArtifactDocument) => ArtifactDocument {
  const told = new Map(receipt.artifacts.map((one) => [one.artifact, one]));
  return (artifact) => settle(artifact, told.get(artifact.artifact), receipt, now);
}

function isKnown(known: Handover['ignored'], reason: NonNullable<Handover['ignored']>): boolean {
  return known?.code === reason.code && known.message === reason.message;
}

/** Longest text of the other side's that is kept, in characters. */
const MAX_MESSAGE = 2000;

type Told = ImportReceipt['artifacts'][number];

function settle(
  artifact: ArtifactDocument,
  told: Told | undefined,
  { error, importedAt }: ImportReceipt,
  now: string,
): ArtifactDocument {
  const end = (outcome: Outcome, failure: Failure | null): ArtifactDocument => {
    const attempts = failure ? [...artifact.attempts, toAttempt('Import', failure, null, now)] : artifact.attempts;
    return { ...artifact, outcome, attempts };
  };
  if (!told) return error ? end('Failed', reasonOf(error)) : artifact;
  if (told.digest !== artifact.digest || told.outcome === 'HandedOver') return artifact;
  if (told.outcome !== 'Transferred' && told.outcome !== 'AlreadyPresent') {
    const message = `The other side says ${told.outcome} of ${artifact.artifact} (${importedAt}).`;
    return end('Failed', reasonOf(told.error ?? error ?? { class: 'service', code: 'NOT_IMPORTED', message }));
  }
  if (told.verifiedDigest === artifact.digest) return end('Transferred', null);
  const message = `The other side found ${told.verifiedDigest ?? 'nothing'} under ${artifact.artifact}; ${artifact.digest} was handed over.`;
  return end('Failed', { class: 'service', code: 'DIGEST_MISMATCH', message });
}

const CODE = /^\w{1,64}$/;

/** The other side's words, as far as they are fit for a report. */
function reasonOf(failure: Failure): Failure {
  const code = CODE.test(failure.code) ? failure.code : 'NOT_IMPORTED';
  return { ...failure, code, message: redact(failure.message).slice(0, MAX_MESSAGE) };
}

/** A transfer ends anew when nothing of it waits any more. One that was canceled, or could not go on, stays so. */
function conclude(report: TransferDocument, now: string, stopped: boolean): TransferDocument {
  const counts = countOutcomes((report.artifacts ?? []).map(({ outcome }) => outcome));
  const isFixed = report.state === 'Canceled' || report.error !== null;
  const state = isFixed ? report.state : decideFinalState(counts, stopped);
  return { ...report, counts, state, finishedAt: counts.HandedOver === 0 ? now : report.finishedAt };
}

function withIgnored<T extends Pick<BatchRecord, 'handover'>>(batch: T, reason: Handover['ignored']): T {
  return batch.handover ? { ...batch, handover: { ...batch.handover, ignored: reason } } : batch;
}

/** A receipt that is not believed, and why. */
export function ignoredReceipt(code: string, message: string): Returned {
  return { ok: false, ignored: { code, message: redact(message) } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
