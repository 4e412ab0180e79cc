import { type Attributes, type Link, SpanStatusCode, trace } from '@opentelemetry/api';
import type { ImportDocument } from '../domain/import/import-document.ts';
import { countsOf, tellRetries, traceRun } from './record-spans.ts';
import { tracer } from './scope.ts';
import { traceOf } from './trace-of.ts';

/**
 * Tells of an import that has ended, from when it was asked for, with its runs inside and the tries that failed before as
 * events. Its span is linked to the trace of the transfer that the receipt names: that has an id of its own wherever the
 * export was told of.
 */
export function traceImport(document: ImportDocument): void {
  const { id, route, state, requestedAt, finishedAt, receipt, runs, retries, artifacts, correlationId, error } =
    document;
  const endedAt = new Date(finishedAt ?? requestedAt);
  const whose = { 'acr_transfer.import.id': id, 'acr_transfer.route': route };
  const attributes: Attributes = {
    ...whose,
    'acr_transfer.state': state,
    'acr_transfer.correlation_id': correlationId,
    'acr_transfer.archive': document.archive.name,
    ...countsOf(artifacts.map(({ outcome }) => outcome)),
    ...(receipt.transfer === null ? {} : { 'acr_transfer.transfer.id': receipt.transfer }),
    ...(error ? { 'error.type': error.code } : {}),
  };
  const parent = traceOf({ kind: 'import', id });
  const options = { startTime: new Date(requestedAt), attributes, links: linksTo(receipt.transfer) };
  const span = tracer().startSpan(`import ${route}`, options, parent);
  tellRetries(span, retries);
  for (const run of runs) traceRun(trace.setSpan(parent, span), whose, 'import', run, endedAt);
  if (state === 'Failed' || state === 'CompletedWithErrors') span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(endedAt);
}

function linksTo(transfer: string | null): Link[] {
  const context = transfer === null ? undefined : trace.getSpanContext(traceOf({ kind: 'transfer', id: transfer }));
  return context ? [{ context }] : [];
}
