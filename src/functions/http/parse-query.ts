import type { HttpResponseInit } from '@azure/functions';
import type { z } from 'zod';
import { faultsOf } from '../../domain/problem.ts';
import type { Call } from './handler.ts';
import { problem } from './problem.ts';

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
