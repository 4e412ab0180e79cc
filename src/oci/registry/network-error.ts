import { TransferError } from '../../domain/errors.ts';

function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause === undefined ? '' : errorCode(error.cause);
}

/**
 * The error of a request that got no answer, or half of one: class `transient`, code `TIMEOUT` or `CONNECTION_FAILED`;
 * a refused certificate is class `service`, code `CERTIFICATE_REJECTED`, since trying again cannot help. What is a
 * `TransferError` already stays as it is.
 */
export function networkError(action: string, host: string, error: unknown): TransferError {
  if (error instanceof TransferError) return error;
  const code = errorCode(error);
  const reason = error instanceof Error ? error.message : String(error);
  const message = `Could not ${action} at ${host}: ${code === '' ? '' : `${code}: `}${reason}`;
  if (/CERT|SELF_SIGNED|ALTNAME|UNABLE_TO_VERIFY/.test(code)) {
    return new TransferError(message, { class: 'service', code: 'CERTIFICATE_REJECTED', cause: error });
  }
  const isTimeout = /TIMEOUT|TIMEDOUT/.test(code);
  return new TransferError(message, {
    class: 'transient',
    code: isTimeout ? 'TIMEOUT' : 'CONNECTION_FAILED',
    cause: error,
  });
}
