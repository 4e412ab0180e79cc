import { isRestError, type RestError } from '@azure/core-rest-pipeline';
import { type FailureClass, redact, type Side, TransferError } from '../domain/errors.ts';
import { CALL_LIMIT_MS } from './client-policy.ts';
import { classOfAnswer, isCodeOfItsOwn, isCopySourceCode } from './error-classes.ts';
import { type ForeignAnswer, ForeignAnswerError, readAnswer } from './foreign-answer.ts';
import { SignInError, signInFaultOf } from './sign-in/sign-in-error.ts';

/** What was being done when a call failed. */
export interface CallContext {
  /** In the imperative: `read the pipeline run`. */
  action: string;
  /** URL or resource id; never with a signature (it is redacted all the same). */
  resource: string;
  side?: Side | undefined;
  /** Class of a 404; default `service`. */
  notFound?: FailureClass;
  /** Code of a 404 in place of the service's own. */
  notFoundCode?: string;
  /** Time limit of the call with its retries; default {@link CALL_LIMIT_MS}. */
  timeoutMs?: number;
}

/**
 * Runs a call under its time limit and translates what it throws (see {@link translateError}). The signal aborts at
 * the limit; a call that does not heed it is left behind, and the promise rejects all the same.
 */
export async function attempt<T>(context: CallContext, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const timeoutMs = context.timeoutMs ?? CALL_LIMIT_MS;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      controller.abort();
      reject(timeLimitError(context, timeoutMs));
    }, timeoutMs);
  });
  try {
    return await Promise.race([call(controller.signal), limit]);
  } catch (error) {
    throw translateError(error, context);
  } finally {
    clearTimeout(timer);
  }
}

function timeLimitError(context: CallContext, timeoutMs: number): TransferError {
  return failure(context, { class: 'transient', code: 'TIMEOUT' }, `no answer within ${timeoutMs} ms`);
}

/**
 * The one translation of foreign errors: an answer (of ARM, storage, vault, registry) by status and code, a failed
 * sign-in, a broken connection, an abort; what is none of these is class `service`, code `INTERNAL`. Never by
 * message text. A {@link TransferError} is returned as it is.
 */
export function translateError(error: unknown, context: CallContext): TransferError {
  if (error instanceof TransferError) return error;
  if (error instanceof ForeignAnswerError) return fromAnswer(error.answer, context, error);
  if (!(error instanceof Error)) return failure(context, { class: 'service', code: 'INTERNAL' }, String(error));
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return failure(context, { class: 'transient', code: 'TIMEOUT', cause: error }, 'no answer in time');
  }
  if (isRestError(error) && error.statusCode !== undefined) return fromAnswer(answerOf(error), context, error);
  return fromSignIn(error, context) ?? fromConnection(error, context) ?? fromUnknown(error, context);
}

function fromAnswer(answer: ForeignAnswer, context: CallContext, cause: Error): TransferError {
  const isMissing = answer.status === 404 && !isCodeOfItsOwn(answer.code);
  const code = (isMissing && context.notFoundCode) || answer.code || `HTTP_${answer.status}`;
  const said = [answer.status, answer.code].filter(Boolean).join(' ');
  const options = {
    class: classOfAnswer(answer, context.notFound ?? 'service'),
    code,
    correlationId: answer.correlationId,
    retryAfterMs: answer.retryAfterMs,
    cause,
  };
  return failure(onFailingSide(answer, context), options, answer.message ? `${said}: ${answer.message}` : said);
}

/** A copy that storage could not read its source for failed on the other side of the route. */
function onFailingSide(answer: ForeignAnswer, context: CallContext): CallContext {
  if (context.side === undefined || !isCopySourceCode(answer.code)) return context;
  return { ...context, side: context.side === 'source' ? 'target' : 'source' };
}

/** Storage leaves `code` empty on HEAD, vault puts the cause inside: the innermost code there is. */
function answerOf(error: RestError): ForeignAnswer {
  const details = asRecord(error.details);
  const nested = asRecord(details.error);
  const inner = asRecord(nested.innererror ?? nested.innerError);
  const code = [inner.code, details.errorCode, error.code].find((text) => typeof text === 'string' && text !== '');
  return readAnswer(error.statusCode ?? 0, error.response?.headers, String(code ?? ''), error.message);
}

function fromSignIn(error: Error, context: CallContext): TransferError | undefined {
  const fault = signInFaultOf(error);
  const where = context.side !== undefined && error instanceof SignInError ? `${context.side} side, ` : '';
  return fault && failure(context, { ...fault, cause: error }, `${where}${error.message}`);
}

const CONNECTION_CODES =
  /^(ECONN(REFUSED|RESET|ABORTED)|ENOTFOUND|EAI_AGAIN|EPIPE|E(HOST|NET)(UNREACH|DOWN)|EPROTO|ERR_STREAM_PREMATURE_CLOSE|UND_ERR_\w+|REQUEST_SEND_ERROR|PARSE_ERROR)$/;
const TIMEOUT_CODES = /^(ETIMEDOUT|ESOCKETTIMEDOUT|UND_ERR_\w+_TIMEOUT)$/;
/** A certificate that is not trusted stays so: trying again would only hide it. */
const CERTIFICATE_CODES =
  /^(ERR_TLS_CERT\w+|CERT_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+)$/;

/** Under the codes that the OCI engine uses for the same. */
function fromConnection(error: Error, context: CallContext): TransferError | undefined {
  const code = [error, error.cause].map((each) => asRecord(each).code).find((each) => typeof each === 'string');
  if (typeof code !== 'string') return undefined;
  const found = `${code}: ${error.message}`;
  if (CERTIFICATE_CODES.test(code)) {
    return failure(context, { class: 'service', code: 'CERTIFICATE_REJECTED', cause: error }, found);
  }
  if (TIMEOUT_CODES.test(code)) return failure(context, { class: 'transient', code: 'TIMEOUT', cause: error }, found);
  if (!CONNECTION_CODES.test(code)) return undefined;
  return failure(context, { class: 'transient', code: 'CONNECTION_FAILED', cause: error }, found);
}

function fromUnknown(error: Error, context: CallContext): TransferError {
  return failure(context, { class: 'service', code: 'INTERNAL', cause: error }, `${error.name}: ${error.message}`);
}

function failure(
  context: CallContext,
  options: ConstructorParameters<typeof TransferError>[1],
  found: string,
): TransferError {
  const side = context.side === undefined ? {} : { side: context.side };
  return new TransferError(redact(`${context.action} on ${context.resource}: ${found}`), { ...options, ...side });
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
