import { type Attributes, type Context, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attempt, BatchRecord, RunView } from '../domain/batch/batch-record.ts';
import type { Direction } from '../domain/names.ts';
import { OUTCOMES } from '../domain/outcome.ts';
import type { TransferSummary } from '../domain/transfer/transfer-summary.ts';
import { tracer } from './scope.ts';
import { traceOf } from './trace-of.ts';

/**
 * Tells of a part of a transfer that is done, with its last runs and its copy inside and the tries that failed before as
 * events; times are those of the record. Told again, it is there twice: nobody counts by spans.
 */
export function traceBatch(transfer: string, record: BatchRecord, endedAt: Date): void {
  const parent = traceOf({ kind: 'transfer', id: transfer });
  const whose = { 'acr_transfer.transfer.id': transfer, 'acr_transfer.batch.path': record.path };
  const startTime = firstTime(record) ?? endedAt;
  const attributes = { ...whose, ...countsOf(Object.values(record.outcomes).map(({ outcome }) => outcome)) };
  const span = tracer().startSpan(`batch ${record.path}`, { startTime, attributes }, parent);
  tellRetries(span, record.attempts);
  const inside = trace.setSpan(parent, span);
  traceRun(inside, whose, 'export', record.export, endedAt);
  traceCopy(inside, whose, record, endedAt);
  traceRun(inside, whose, 'import', record.import, endedAt);
  const failed = Object.values(record.outcomes).some(({ outcome }) => outcome === 'Failed');
  if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(endedAt);
}

/** Failed tries as events of a span, at their times. */
export function tellRetries(span: Span, attempts: readonly Attempt[]): void {
  for (const { step, class: failureClass, code, run, at } of attempts) {
    const event = { 'acr_transfer.step': step, 'acr_transfer.failure.class': failureClass, 'error.type': code };
    span.addEvent('retry', { ...event, ...(run === null ? {} : { 'acr_transfer.run.name': run }) }, new Date(at));
  }
}

/** Tells of a transfer that has ended, from when it was asked for. */
export function traceTransfer(summary: TransferSummary): void {
  const { id, route, state, requestedAt, finishedAt, counts, bytes, correlationId, error } = summary;
  const attributes: Attributes = {
    'acr_transfer.transfer.id': id,
    'acr_transfer.route': route,
    'acr_transfer.state': state,
    'acr_transfer.correlation_id': correlationId,
    'acr_transfer.artifacts.total': counts.total,
    'acr_transfer.bytes.moved': bytes.moved,
    ...Object.fromEntries(OUTCOMES.map((outcome) => [`acr_transfer.artifacts.${outcome}`, counts[outcome]])),
    ...(error ? { 'error.type': error.code } : {}),
  };
  const parent = traceOf({ kind: 'transfer', id });
  const span = tracer().startSpan(`transfer ${route}`, { startTime: new Date(requestedAt), attributes }, parent);
  if (state === 'Failed' || state === 'CompletedWithErrors') span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(new Date(finishedAt ?? requestedAt));
}

/** Tells of a run inside of `parent`; nothing of one that has not begun. */
export function traceRun(
  parent: Context,
  whose: Attributes,
  direction: Direction,
  run: RunView | null,
  endedAt: Date,
): void {
  if (!run?.startedAt) return;
  const attributes = {
    ...whose,
    'acr_transfer.run.name': run.run,
    'acr_transfer.run.direction': direction,
    ...(run.status === null ? {} : { 'acr_transfer.run.status': run.status }),
  };
  const span = tracer().startSpan(`${direction} run`, { startTime: new Date(run.startedAt), attributes }, parent);
  if (run.error) fail(span, run.error.code);
  span.end(run.finishedAt === null ? endedAt : new Date(run.finishedAt));
}

function traceCopy(parent: Context, whose: Attributes, { copy, archive }: BatchRecord, endedAt: Date): void {
  if (copy?.startedAt === undefined) return;
  const { mode, bytesCopied, startedAt, finishedAt } = copy;
  const attributes = {
    ...whose,
    'acr_transfer.copy.mode': mode,
    'acr_transfer.copy.bytes': bytesCopied,
    ...(archive ? { 'acr_transfer.archive': archive.name } : {}),
  };
  const span = tracer().startSpan('copy', { startTime: new Date(startedAt), attributes }, parent);
  span.end(finishedAt === undefined ? endedAt : new Date(finishedAt));
}

function fail(span: Span, code: string): void {
  span.setAttribute('error.type', code);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** How many there are of each outcome that there is. */
export function countsOf(outcomes: readonly (string | null)[]): Attributes {
  const told = OUTCOMES.map((outcome) => [outcome, outcomes.filter((other) => other === outcome).length] as const);
  return Object.fromEntries(
    told.filter(([, n]) => n > 0).map(([outcome, n]) => [`acr_transfer.artifacts.${outcome}`, n]),
  );
}

/** When the first thing that the record tells of began. */
function firstTime(record: BatchRecord): Date | undefined {
  const times = [record.export?.startedAt, record.copy?.startedAt, record.import?.startedAt, record.attempts[0]?.at];
  const known = times.map((time) => Date.parse(time ?? '')).filter((time) => !Number.isNaN(time));
  return known.length === 0 ? undefined : new Date(Math.min(...known));
}
