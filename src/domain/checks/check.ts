import { z } from 'zod';
import { redact, SIDES, type Side } from '../errors.ts';
import type { CheckCode } from './codes.ts';

/**
 * One precondition of a route as it was found. `code` names what would be wrong (`ok` beside it: it is not), or is the
 * code of the service that refused the look; `remedy` is empty when all is well.
 */
export const checkSchema = z.object({
  code: z.string(),
  side: z.enum(SIDES),
  status: z.enum(['ok', 'warning', 'fault']),
  found: z.string(),
  needed: z.string(),
  remedy: z.string(),
});
export type Check = z.infer<typeof checkSchema>;

/** Answer of `POST /routes/{route}/check`; `checkedAt` in ISO 8601. */
export const routeCheckSchema = z.object({ route: z.string(), checkedAt: z.string(), checks: z.array(checkSchema) });
export type RouteCheck = z.infer<typeof routeCheckSchema>;

/** What a precondition is judged by. */
export interface Judgement {
  code: CheckCode;
  side: Side;
  /** Whether the precondition is met. */
  holds: boolean;
  /** What it is when it does not hold; default `fault`. */
  otherwise?: 'warning' | 'fault';
  found: string;
  needed: string;
  remedy: string;
}

/** A judgement as a check. What was found passes the redactor: it may quote what a service or a user wrote. */
export function judge({ code, side, holds, otherwise = 'fault', found, needed, remedy }: Judgement): Check {
  return { code, side, status: holds ? 'ok' : otherwise, found: redact(found), needed, remedy: holds ? '' : remedy };
}

/** Whether one of the checks is a fault. */
export function hasFault(checks: readonly Check[]): boolean {
  return checks.some(({ status }) => status === 'fault');
}
