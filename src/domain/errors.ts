/** What kind of failure it was; decides whether and how it is tried again (see `retry.ts`). */
export const FAILURE_CLASSES = ['transient', 'access', 'artifact', 'conflict', 'service'] as const;
export type FailureClass = (typeof FAILURE_CLASSES)[number];

/** Which end of a route something happened on. */
export const SIDES = ['source', 'target'] as const;
export type Side = (typeof SIDES)[number];

/**
 * A failure as plain data: what activities return, what batches and reports keep. Never holds a secret: messages
 * pass `redact` before they get here.
 */
export interface Failure {
  class: FailureClass;
  /** Upper-case words joined by `_`: this project's own codes, or the service's code as received. */
  code: string;
  /** What was attempted, on what, what came back. */
  message: string;
  side?: Side;
  /** The service's correlation id (ARM, registry, storage, vault), where it gave one. */
  correlationId?: string;
}

export interface TransferErrorOptions extends Omit<Failure, 'message'> {
  cause?: unknown;
  /** Milliseconds after which the service asked to be called again (`Retry-After`). */
  retryAfterMs?: number;
}

/** The one error of this project: thrown by adapters and the OCI engine, turned into a {@link Failure} at the edge. */
export class TransferError extends Error {
  override readonly name = 'TransferError';
  readonly class: FailureClass;
  readonly code: string;
  readonly side: Side | undefined;
  readonly correlationId: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: TransferErrorOptions) {
    super(message, { cause: options.cause });
    this.class = options.class;
    this.code = options.code;
    this.side = options.side;
    this.correlationId = options.correlationId;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The plain-data form of any thrown value; what is unknown is class `service`, code `INTERNAL`. */
export function toFailure(error: unknown): Failure {
  if (error instanceof TransferError) {
    return {
      class: error.class,
      code: error.code,
      message: redact(error.message),
      ...(error.side === undefined ? {} : { side: error.side }),
      ...(error.correlationId === undefined ? {} : { correlationId: error.correlationId }),
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { class: 'service', code: 'INTERNAL', message: redact(message) };
}

/**
 * The failure class of an HTTP status: 408, 429 and 5xx are `transient`, 401 and 403 `access`, 409 and 412
 * `conflict`, 404 whatever the caller says (`artifact` for a manifest, `service` for a container).
 */
export function classOfStatus(status: number, notFound: FailureClass): FailureClass {
  if (status === 408 || status === 429 || status >= 500) return 'transient';
  if (status === 401 || status === 403) return 'access';
  if (status === 409 || status === 412) return 'conflict';
  if (status === 404) return notFound;
  return 'service';
}

const KEPT_PARAMETERS = new Set([
  'api-version',
  'comp',
  'restype',
  'digest',
  'n',
  'last',
  'scope',
  'service',
  'resource',
]);

/**
 * The text with every URL's query reduced to the parameters known to be harmless, and everything that looks like a
 * token or a signature outside a URL masked. An allow-list: a parameter nobody thought of is masked.
 */
export function redact(text: string): string {
  return (
    text
      .replace(/\?[^\s'"<>]+/g, (query) =>
        query.replace(/([?&])([^=&]+)=([^&\s'"<>]*)/g, (all, mark: string, name: string) =>
          KEPT_PARAMETERS.has(name.toLowerCase()) ? all : `${mark}${name}=***`,
        ),
      )
      // No word boundary in front: an ampersand that JSON has escaped ends in a digit.
      .replace(
        /(?<![a-z_])(sig|se|skoid|AccountKey|client_assertion|access_token|refresh_token)=[^&\s'";]+/gi,
        '$1=***',
      )
      .replace(/"(sig|client_assertion|access_token|refresh_token)"\s*:\s*"[^"]*"/gi, '"$1":"***"')
      .replace(/\b(Bearer|Basic|SharedKey)\s+[\w+/.:=~-]{8,}/gi, '$1 ***')
      .replace(/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '***')
  );
}
