import type { ActivityValue, ImportEnd } from '../../domain/activities.ts';
import { TransferError } from '../../domain/errors.ts';
import { receiptFailure } from '../../domain/import/import-decision.ts';
import { type ImportDocument, isFinalImport } from '../../domain/import/import-document.ts';
import { decideImportEnd } from '../../domain/import/import-outcome.ts';
import { notTold } from '../../domain/webhook/webhook.ts';
import { traceImport } from '../../telemetry/import-spans.ts';
import { countImport } from '../../telemetry/measures.ts';
import { type Activity, required } from '../activity.ts';
import type { Services } from '../services.ts';
import { wantsNotice } from '../transfer/webhook-of-route.ts';
import { writeImportReceipt } from './write-import-receipt.ts';

/**
 * Ends an import: the target's receipt first, where the source sent one, then the record. A blob that was left alone leaves
 * no record behind, unless the import has ended before: it is judged anew at each look. Twice: an end that is there stays,
 * and is told of once.
 */
export const endImport: Activity<'endImport'> = async (services, { importId, end }) => {
  const document = await services.imports.read(importId);
  if (!document && end.kind === 'Ignored') return { state: 'Ignored', reason: end.reason };
  const found = required(document, `imports/${importId}.json`);
  if (isFinalImport(found)) return answerOf(found);
  if (end.kind === 'Ignored') return ignore(services, found, end.reason);
  const ended = endOf(services, found, end);
  const unwritten = await returnReceipt(services, { ...found, ...ended }, end.kind);
  const notify = wantsNotice(services, found.route, ended.state);
  const finishedAt = new Date().toISOString();
  let isOurs = false;
  const written = await services.imports.update(importId, (now) => {
    isOurs = !isFinalImport(now);
    if (!isOurs) return now;
    const reason = unwritten ?? (end.kind === 'Failed' ? null : now.reason);
    const ends = now.ends + 1;
    return { ...now, ...ended, reason, finishedAt, ends, ...(notify ? { webhook: notTold(ends) } : {}) };
  });
  if (written && isOurs) {
    countImport(written);
    traceImport(written);
  }
  return answerOf(written ?? { ...found, ...ended, reason: null });
};

/** One that has ended before keeps its record: its runs, and by `ends` how often its end was told of. */
async function ignore(
  { imports }: Services,
  found: ImportDocument,
  reason: string,
): Promise<ActivityValue<'endImport'>> {
  if (found.ends === 0) {
    await imports.delete(found);
    return { state: 'Ignored', reason };
  }
  const finishedAt = new Date().toISOString();
  const kept = await imports.update(found.id, (now) =>
    isFinalImport(now) ? now : { ...now, state: 'Ignored', reason, finishedAt, ends: now.ends + 1 },
  );
  return kept ? answerOf(kept) : { state: 'Ignored', reason };
}

function answerOf({ state, reason, webhook }: ImportDocument): ActivityValue<'endImport'> {
  return { state, reason, ...(webhook ? { notify: webhook.end } : {}) };
}

/** Where the service imported what the receipt forbids, the import has failed for that, whatever arrived. */
function endOf(
  services: Services,
  { route, receipt, artifacts }: ImportDocument,
  end: Exclude<ImportEnd, { kind: 'Ignored' }>,
) {
  if (end.kind === 'Failed') return { state: 'Failed' as const, error: end.failure };
  const error = receiptFailure({ receipt, receipts: services.route(route).receipts });
  return error ? { state: 'Failed' as const, error } : decideImportEnd(artifacts, end.failure);
}

/** Why the receipt could not be written, or `null`. What was imported was imported: an outage is waited for, no more. */
async function returnReceipt(
  services: Services,
  document: ImportDocument,
  end: ImportEnd['kind'],
): Promise<string | null> {
  try {
    await writeImportReceipt(services, document, end, async (reason) => {
      await services.imports.update(document.id, (found) => ({ ...found, reason }));
    });
    return null;
  } catch (error) {
    if (!(error instanceof TransferError) || error.class === 'transient') throw error;
    return `The receipt for the source could not be written: ${error.message}`;
  }
}
