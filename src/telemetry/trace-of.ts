import { createHash } from 'node:crypto';
import { type Context, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';

/** What a trace is of: a transfer, or the import of a blob that landed. */
export type Traced = { kind: 'transfer'; id: string } | { kind: 'import'; id: string };

/**
 * The context in which all that is done for a transfer is traced, on whatever worker: trace id and root span id derive
 * from its id. Nobody sends that root span itself, since the interface of OpenTelemetry lets no span choose its id.
 */
export function traceOf({ kind, id }: Traced): Context {
  const digits = createHash('sha256').update(`${kind}:${id}`).digest('hex');
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: digits.slice(0, 32),
    spanId: digits.slice(32, 48),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  });
}
