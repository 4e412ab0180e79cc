import type { ServerResponse } from 'node:http';
import { sendJson } from '../http.ts';

/** Status of each error code: the OCI distribution specification's, and those that distribution adds and ACR answers. */
const STATUS_OF_CODE = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  BLOB_UPLOAD_UNKNOWN: 404,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 400,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  PAGINATION_NUMBER_INVALID: 400,
  RANGE_INVALID: 416,
  SIZE_INVALID: 400,
  TAG_INVALID: 400,
  UNAUTHORIZED: 401,
  UNKNOWN: 500,
  UNSUPPORTED: 405,
} as const;

export type RegistryErrorCode = keyof typeof STATUS_OF_CODE;

export interface RegistryErrorOptions {
  /** Replaces the code's own status. */
  status?: number;
  detail?: unknown;
  headers?: Record<string, string>;
}

/** A refusal that the caller gets to see. The message says what was found and what is allowed. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly code: RegistryErrorCode;
  readonly status: number;
  readonly detail: unknown;
  readonly headers: Record<string, string>;

  constructor(code: RegistryErrorCode, message: string, options: RegistryErrorOptions = {}) {
    super(message);
    this.code = code;
    this.status = options.status ?? STATUS_OF_CODE[code];
    this.detail = options.detail;
    this.headers = options.headers ?? {};
  }
}

/** Answers with the error document of the OCI distribution specification. */
export function sendError(response: ServerResponse, error: RegistryError): void {
  const { code, message, detail } = error;
  sendJson(response, error.status, { errors: [{ code, message, detail }] }, error.headers);
}
