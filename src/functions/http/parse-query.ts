import type { HttpResponseInit } from '@azure/functions';
import { z } from 'zod';
import { faultsOf } from '../../domain/problem.ts';
import type { Call } from './handler.ts';
import { problem } from './problem.ts';

const MAX_PAGE = 200;

/** Parts that queries share. `code` is the function key, for callers that send it in the URL. */
export const codeParameter = { code: z.string().optional() };
export const pageParameters = {
  limit: z.coerce
    .number(`allowed: 1 to ${MAX_PAGE}`)
    .int()
    .min(1)
    .max(MAX_PAGE, `allowed: 1 to ${MAX_PAGE}`)
    .default(20),
  continuation: z.string().optional(),
};

/** The query by its schema, or the answer that names every fault of it. */
export function parseQuery<T>(
  { request, correlationId }: Call,
  schema: z.ZodType<T>,
): { query: T } | { refused: HttpResponseInit } {
  const given = Object.fromEntries(request.query);
  const parsed = schema.safeParse(given);
  if (parsed.success) return { query: parsed.data };
  const faults = faultsOf(parsed.error, given);
  const details = { status: 400, code: 'QUERY_INVALID', detail: 'The query has faults.', faults };
  return { refused: problem(request, correlationId, details) };
}
