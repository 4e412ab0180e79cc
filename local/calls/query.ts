import { z } from 'zod';
import { patternSchema, toPattern } from '../faults/pattern.ts';
import type { CallRecord } from './call.ts';
import { SERVICES } from './service.ts';

const DEFAULT_LIMIT = 1000;
const MAX_LIMIT = 10_000;

/** Which calls are wanted: all conditions hold together. Texts are patterns as in rules of faults. */
export const callQuerySchema = z.strictObject({
  service: z.enum(SERVICES).optional(),
  host: patternSchema.optional(),
  method: patternSchema.optional(),
  path: patternSchema.optional(),
  operation: patternSchema.optional(),
  identity: patternSchema.optional(),
  /** `none` for calls that got no answer. */
  status: z.union([z.literal('none'), z.coerce.number<number | string>().int()]).optional(),
  /** `f1`, `f1 *` or `*` for any. */
  fault: patternSchema.optional(),
  /** ISO 8601; calls that came then or later. */
  since: z.iso.datetime({ offset: true }).optional(),
  /** The number of a call: only those after it. */
  after: z.coerce.number<number | string>().int().min(0).optional(),
  /** Calls on a page; default 1,000. */
  limit: z.coerce.number<number | string>().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT),
});
export type CallQuery = z.input<typeof callQuerySchema>;
type ParsedQuery = z.output<typeof callQuerySchema>;

const TEXTS = ['host', 'method', 'path', 'operation', 'identity', 'fault'] as const;

/** Whether a call is one of those that are wanted (`limit` left aside). */
export function toFilter(query: ParsedQuery): (call: CallRecord) => boolean {
  const patterns = TEXTS.flatMap((name) => {
    const text = query[name];
    return text === undefined ? [] : [{ name, pattern: toPattern(text) }];
  });
  const sinceMs = query.since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(query.since);
  const status = query.status === 'none' ? null : query.status;
  return (call) =>
    call.n > (query.after ?? 0) &&
    (query.service === undefined || call.service === query.service) &&
    (status === undefined || call.status === status) &&
    Date.parse(call.at) >= sinceMs &&
    patterns.every(({ name, pattern }) => pattern.test(call[name] ?? ''));
}
