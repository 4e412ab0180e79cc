import { TransferError, toFailure } from '../domain/errors.ts';

/** The thrown value itself if it is a `TransferError`, else one of class `service`, code `INTERNAL`, caused by it. */
export function asTransferError(error: unknown): TransferError {
  if (error instanceof TransferError) return error;
  const { message, ...failure } = toFailure(error);
  return new TransferError(message, { ...failure, cause: error });
}
