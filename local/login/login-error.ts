import { randomUUID } from 'node:crypto';

/** A refusal of the token endpoint: an OAuth error with Entra ID's own code. */
export class LoginError extends Error {
  override readonly name = 'LoginError';
  readonly status: number;
  /** OAuth's, such as `invalid_client`. */
  readonly error: string;
  /** Entra ID's number: 700016 for `AADSTS700016`. */
  readonly code: number;

  constructor(status: number, error: string, code: number, message: string) {
    super(message);
    this.status = status;
    this.error = error;
    this.code = code;
  }
}

/** 401 `invalid_client`: the application is known, its assertion proves nothing. */
export function invalidClient(code: number, message: string): LoginError {
  return new LoginError(401, 'invalid_client', code, message);
}

/** 400 `invalid_request`. */
export function invalidRequest(code: number, message: string): LoginError {
  return new LoginError(400, 'invalid_request', code, message);
}

/** The body of a refusal, as Entra ID writes it; `origin` is the authority's. */
export function formatLoginError(
  { error, code, message }: LoginError,
  { now, correlationId, origin }: { now: Date; correlationId: string; origin: string },
) {
  const traceId = randomUUID();
  const timestamp = now.toISOString().replace('T', ' ').replace(/\.\d+/, '');
  return {
    error,
    error_description: `AADSTS${code}: ${message} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
    error_codes: [code],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    error_uri: `${origin}/error?code=${code}`,
  };
}
