import type { Failure, Side } from './errors.ts';

/** Failures whose cause is a SAS token or its secret, which rotating replaces. */
const HEALABLE = new Set([
  'SECRET_MISSING',
  'SECRET_DISABLED',
  'SAS_MALFORMED',
  'SAS_EXPIRED',
  'SAS_NOT_YET_VALID',
  'SAS_MISSING_PERMISSION',
  'SAS_REFUSED',
]);

/** The side whose token has to be rotated before it makes sense to try again; `undefined` when rotating does not help. */
export function sideToHeal({ class: failureClass, code, side }: Failure): Side | undefined {
  return failureClass === 'access' && HEALABLE.has(code) ? side : undefined;
}
