import type { Failure } from '../errors.ts';

/** Storage's codes for "I will not, or cannot, read that source": the copy has to go through the app instead. */
const SOURCE_REFUSED = new Set(['CannotVerifyCopySource', 'CopyAcrossAccountsNotSupported', 'COPY_SOURCE_REFUSED']);

export function isSourceRefused(failure: Failure): boolean {
  return SOURCE_REFUSED.has(failure.code);
}
