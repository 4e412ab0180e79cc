import type { Failure, Side } from '../errors.ts';

/** A SAS token or its secret is the cause: what rotating replaces. */
const OF_TOKEN = /^(SAS_|SECRET_MISSING$|SECRET_DISABLED$)/;

/** The side whose token has to be rotated before it makes sense to try again; `undefined` when rotating does not help. */
export function sideToHeal({ class: failureClass, code, side }: Failure): Side | undefined {
  return failureClass === 'access' && OF_TOKEN.test(code) ? side : undefined;
}
