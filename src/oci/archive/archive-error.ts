import { TransferError } from '../../domain/errors.ts';

/** An archive that is not as its format demands: class `artifact`, code `ARCHIVE_INVALID` by default. */
export function archiveError(message: string, code = 'ARCHIVE_INVALID'): TransferError {
  return new TransferError(message, { class: 'artifact', code });
}

/** An archive that ends before its contents do: class `artifact`, code `ARCHIVE_TRUNCATED`. */
export function truncated(what: string, neededBytes: number, sizeBytes: number): TransferError {
  return archiveError(
    `The archive ends at byte ${sizeBytes}, and ${what} reaches to byte ${neededBytes}`,
    'ARCHIVE_TRUNCATED',
  );
}
