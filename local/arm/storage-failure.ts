import { RestError } from '@azure/storage-blob';
import { RunFailure } from './run-failure.ts';

/** Texts of the storage service for its error codes; answers to HEAD requests have no body to read them from. */
const REASONS: Readonly<Record<string, string>> = {
  AuthenticationFailed:
    'Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.',
  AuthorizationFailure: 'This request is not authorized to perform this operation.',
  AuthorizationPermissionMismatch: 'This request is not authorized to perform this operation using this permission.',
  AuthorizationProtocolMismatch: 'This request is not authorized to perform this operation using this protocol.',
  BlobAlreadyExists: 'The specified blob already exists.',
  BlobNotFound: 'The specified blob does not exist.',
  ContainerNotFound: 'The specified container does not exist.',
};

/** The storage service's error code of a failed call, or `undefined`; found also where there is no body. */
export function storageErrorCode(error: unknown): string | undefined {
  if (!(error instanceof RestError)) return undefined;
  const details = error.details as { errorCode?: unknown } | undefined;
  const code = details?.errorCode ?? error.response?.headers.get('x-ms-error-code') ?? error.code;
  return typeof code === 'string' && code !== '' ? code : undefined;
}

/**
 * What ends a run when a call to the storage fails, in the service's words: `Failed to access storage. Service request
 * failed. Status: 403 (…)`. What is not from the storage is given back as it is.
 */
export function toStorageFailure(error: unknown): unknown {
  if (!(error instanceof RestError)) return error;
  const code = storageErrorCode(error);
  const reason = (code && REASONS[code]) || firstLine(error.message) || 'no reason given';
  const status = error.statusCode === undefined ? '' : ` Status: ${error.statusCode}`;
  const message = `Failed to access storage. Service request failed.${status} (${reason})${code ? ` ErrorCode: ${code}` : ''}`;
  return new RunFailure('StorageAccessFailed', message, error);
}

/** What `call` gives; its storage errors become {@link RunFailure}s. */
export async function withStorageFailures<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toStorageFailure(error);
  }
}

function firstLine(text: string): string {
  return text.split(/[\r\n]/, 1)[0]?.trim() ?? '';
}
