import { createHttpHeaders, createPipelineRequest, RestError } from '@azure/core-rest-pipeline';
import { CredentialUnavailableError } from '@azure/identity';
import { attempt, translateError } from '../../../src/azure/errors.ts';
import { TransferError } from '../../../src/domain/errors.ts';

const context = { action: 'read the blob', resource: 'https://acct.blob.source.test/c/b', side: 'source' as const };

function restError(
  status: number,
  options: { code?: string; headers?: Record<string, string>; details?: unknown; message?: string },
) {
  const request = createPipelineRequest({ url: 'https://acct.blob.source.test/c/b?sv=1&sig=SECRET' });
  const response = { status, request, headers: createHttpHeaders(options.headers ?? {}) };
  const { code, message = 'said so\nRequestId:1' } = options;
  const error = new RestError(message, { statusCode: status, request, response, ...(code && { code }) });
  error.details = options.details;
  return error;
}

describe('translateError', () => {
  it.each([
    [429, 'TooManyRequests', 'transient'],
    [503, 'ServerBusy', 'transient'],
    [403, 'AuthorizationPermissionMismatch', 'access'],
    [409, 'BlobAlreadyExists', 'conflict'],
    [412, 'ConditionNotMet', 'conflict'],
    [404, 'BlobNotFound', 'service'],
    [400, 'OutOfRangeInput', 'service'],
    [403, 'CannotVerifyCopySource', 'access'],
    [404, 'CannotVerifyCopySource', 'service'],
    [500, 'CannotVerifyCopySource', 'transient'],
    [409, 'PublicAccessNotPermitted', 'access'],
    [409, 'ContainerBeingDeleted', 'transient'],
  ])('gives %i %s the class its status and code mean', (status, code, expected) => {
    const error = translateError(restError(status, { code }), context);
    expect(error).toMatchObject({ class: expected, code });
  });

  it('takes the code of an answer to HEAD from the header, where alone it is', () => {
    const error = translateError(
      restError(404, { headers: { 'x-ms-error-code': 'ContainerNotFound' }, message: '' }),
      context,
    );
    expect(error.code).toBe('ContainerNotFound');
    expect(error.message).toBe('read the blob on https://acct.blob.source.test/c/b: 404 ContainerNotFound');
  });

  it('takes the parsed code of storage and the inner one of the vault before the outer one', () => {
    expect(
      translateError(restError(403, { code: '', details: { errorCode: 'AuthenticationFailed' } }), context).code,
    ).toBe('AuthenticationFailed');
    const vault = restError(403, { code: 'Forbidden', details: { error: { innererror: { code: 'SecretDisabled' } } } });
    expect(translateError(vault, context).code).toBe('SecretDisabled');
  });

  it('lets the caller say what a missing thing is, but not what a missing container is', () => {
    const asked = { ...context, notFound: 'artifact' as const, notFoundCode: 'ARCHIVE_MISSING' };
    expect(translateError(restError(404, { code: 'BlobNotFound' }), asked)).toMatchObject({
      class: 'artifact',
      code: 'ARCHIVE_MISSING',
    });
    expect(translateError(restError(404, { code: 'ContainerNotFound' }), asked)).toMatchObject({
      class: 'service',
      code: 'ContainerNotFound',
    });
  });

  it('blames the other side for a copy source that cannot be read, by the status that the source gave', () => {
    const error = restError(404, {
      code: 'CannotVerifyCopySource',
      headers: { 'x-ms-copy-source-status-code': '403' },
    });
    expect(translateError(error, { ...context, side: 'target' })).toMatchObject({ class: 'access', side: 'source' });
  });

  it('keeps correlation id and wait, and no signature', () => {
    const headers = { 'x-ms-request-id': 'r-1', 'x-ms-correlation-request-id': 'c-1', 'retry-after': '7' };
    const error = translateError(
      restError(429, { code: 'TooMany', headers, message: 'at https://h/x?sv=1&sig=SECRET' }),
      context,
    );
    expect(error).toMatchObject({ correlationId: 'c-1', retryAfterMs: 7000, side: 'source' });
    expect(error.message).toContain('429 TooMany: at https://h/x?');
    expect(error.message).not.toContain('SECRET');
  });

  it('takes only the first line of what the service says', () => {
    expect(translateError(restError(400, { code: 'X' }), context).message).toMatch(/: 400 X: said so$/);
  });

  it('calls a broken connection transient and a refused certificate service', () => {
    const refused = new RestError('connect ECONNREFUSED 127.0.0.1:1', { code: 'ECONNREFUSED' });
    expect(translateError(refused, context)).toMatchObject({ class: 'transient', code: 'CONNECTION_FAILED' });
    const wrapped = new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ENOTFOUND' }) });
    expect(translateError(wrapped, context)).toMatchObject({ class: 'transient', code: 'CONNECTION_FAILED' });
    const untrusted = new RestError('self-signed', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(translateError(untrusted, context)).toMatchObject({ class: 'service', code: 'CERTIFICATE_REJECTED' });
  });

  it('tells a refused sign-in from an identity endpoint that cannot be reached', () => {
    expect(translateError(new CredentialUnavailableError('no identity'), context)).toMatchObject({
      class: 'access',
      code: 'AUTHENTICATION_FAILED',
    });
    const cause = Object.assign(new Error('x'), { errorCode: 'network_error' });
    expect(translateError(new CredentialUnavailableError('unreachable', { cause }), context)).toMatchObject({
      class: 'transient',
      code: 'IDENTITY_UNREACHABLE',
    });
  });

  it('leaves its own errors as they are and calls the unknown INTERNAL', () => {
    const own = new TransferError('x', { class: 'artifact', code: 'X' });
    expect(translateError(own, context)).toBe(own);
    expect(translateError(new TypeError('x is not a function'), context)).toMatchObject({
      class: 'service',
      code: 'INTERNAL',
    });
    expect(translateError('text', context)).toMatchObject({ class: 'service', code: 'INTERNAL' });
  });
});

describe('attempt', () => {
  it('ends a call that never answers as a transient TIMEOUT, and aborts its signal', async () => {
    let seen: AbortSignal | undefined;
    const call = attempt({ ...context, timeoutMs: 20 }, (signal) => {
      seen = signal;
      return new Promise<never>(() => {});
    });
    await expect(call).rejects.toMatchObject({ class: 'transient', code: 'TIMEOUT' });
    expect(seen?.aborted).toBe(true);
  });

  it('gives what the call gives and leaves its signal alone', async () => {
    let seen: AbortSignal | undefined;
    await expect(
      attempt(context, async (signal) => {
        seen = signal;
        return 42;
      }),
    ).resolves.toBe(42);
    expect(seen?.aborted).toBe(false);
  });

  it('translates what the call throws at once', async () => {
    const thrown = attempt(context, () => {
      throw new RangeError('bad');
    });
    await expect(thrown).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('RangeError: bad'),
    });
  });
});
