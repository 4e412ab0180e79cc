import { type Attributes, type Context, context, type Link, SpanStatusCode, trace } from '@opentelemetry/api';
import type { ActivityInput, ActivityName, ActivityResult } from '../domain/activities.ts';
import { countActivityFailure } from './measures.ts';
import { tracer } from './scope.ts';
import { type Traced, traceOf } from './trace-of.ts';

/** What an activity's input tells of whom it works for. */
interface Subject {
  traced: Traced | undefined;
  attributes: Attributes;
}

/**
 * Runs an activity inside a span in the trace of the transfer or import it works for; the invocation, which has a trace
 * of its own, is linked. What a failure says in words stays out: class and code are enough here.
 */
export function inActivitySpan<N extends ActivityName, T>(
  name: N,
  input: ActivityInput<N>,
  run: () => Promise<ActivityResult<T>>,
): Promise<ActivityResult<T>> {
  const { traced, attributes } = subjectOf(input);
  const invocation = context.active();
  const parent = traced ? traceOf(traced) : invocation;
  const links = traced ? linkTo(invocation) : [];
  const options = { attributes: { ...attributes, 'acr_transfer.activity': name }, links };
  return tracer().startActiveSpan(`activity ${name}`, options, parent, async (span) => {
    try {
      const result = await run();
      if (!result.ok) {
        const { class: failureClass, code } = result.failure;
        span.setAttributes({ 'error.type': code, 'acr_transfer.failure.class': failureClass });
        span.setStatus({ code: SpanStatusCode.ERROR });
        countActivityFailure(name, failureClass);
      }
      return result;
    } finally {
      span.end();
    }
  });
}

function linkTo(invocation: Context): Link[] {
  const spanContext = trace.getSpanContext(invocation);
  return spanContext && trace.isSpanContextValid(spanContext) ? [{ context: spanContext }] : [];
}

function subjectOf(input: object): Subject {
  const { owner, ...rest } = input as Record<string, unknown>;
  const { transfer, path, importId, route, side } = { ...rest, ...(owner as object | undefined) } as typeof rest;
  const named = {
    'acr_transfer.transfer.id': transfer,
    'acr_transfer.import.id': importId,
    'acr_transfer.batch.path': path,
    'acr_transfer.route': route,
    'acr_transfer.side': side,
  };
  const texts = Object.entries(named).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return { traced: tracedBy(transfer, importId), attributes: Object.fromEntries(texts) };
}

function tracedBy(transfer: unknown, importId: unknown): Traced | undefined {
  if (typeof transfer === 'string') return { kind: 'transfer', id: transfer };
  return typeof importId === 'string' ? { kind: 'import', id: importId } : undefined;
}
