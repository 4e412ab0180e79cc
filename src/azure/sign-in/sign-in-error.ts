import { classOfStatus, type FailureClass, TransferError } from '../../domain/errors.ts';

/** What a sign-in that failed is to a transfer. */
export interface SignInFault {
  class: FailureClass;
  code: string;
}

/**
 * A sign-in that failed: says how it was tried, what came back (the authority's own `AADSTS…` code first) and what to
 * check. `translateError` turns it into a `TransferError`, which then names side and call too.
 */
export class SignInError extends Error {
  override readonly name = 'SignInError';
  readonly fault: SignInFault;

  constructor(message: string, fault: SignInFault, cause?: unknown) {
    super(message, { cause });
    this.fault = fault;
  }
}

const SDK_ERRORS = new Set([
  'CredentialUnavailableError',
  'AuthenticationError',
  'AuthenticationRequiredError',
  'AggregateAuthenticationError',
]);

/**
 * What an error of a credential means: class `transient`, code `IDENTITY_UNREACHABLE` where nobody answered, `access`,
 * code `AUTHENTICATION_FAILED` where the sign-in was refused; `undefined` for an error that is none of a sign-in.
 */
export function signInFaultOf(error: Error): SignInFault | undefined {
  if (error instanceof SignInError) return error.fault;
  if (!SDK_ERRORS.has(error.name)) return undefined;
  const cause = asRecord(error.cause);
  const isUnreachable = cause.errorCode === 'network_error';
  const status = [asRecord(error).statusCode, cause.status].find((each) => typeof each === 'number');
  const isTransient = isUnreachable || (status !== undefined && classOfStatus(status, 'access') === 'transient');
  return {
    class: isTransient ? 'transient' : 'access',
    code: isUnreachable ? 'IDENTITY_UNREACHABLE' : 'AUTHENTICATION_FAILED',
  };
}

/** What any error on the way to a token means; one that is no sign-in's own keeps its class and code. */
export function faultOnTheWay(error: unknown): SignInFault {
  if (error instanceof TransferError) return { class: error.class, code: error.code };
  const fault = error instanceof Error ? signInFaultOf(error) : undefined;
  return fault ?? { class: 'access', code: 'AUTHENTICATION_FAILED' };
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
