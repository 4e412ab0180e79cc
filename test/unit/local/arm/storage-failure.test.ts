import { RestError } from '@azure/storage-blob';
import { storageErrorCode, toStorageFailure } from '../../../../local/arm/storage-failure.ts';

function restError(message: string, statusCode: number, code?: string): RestError {
  return new RestError(message, { statusCode, ...(code === undefined ? {} : { code }) });
}

describe('toStorageFailure', () => {
  it.each([
    [403, 'AuthorizationFailure', 'This request is not authorized to perform this operation.'],
    [404, 'ContainerNotFound', 'The specified container does not exist.'],
    [404, 'BlobNotFound', 'The specified blob does not exist.'],
  ])('tells a %d %s in the words of the service, though the answer had none', (status, code, reason) => {
    const failure = toStorageFailure(restError('', status, code));
    expect(String(failure)).toBe(
      `RunFailure: Failed to access storage. Service request failed. Status: ${status} (${reason}) ErrorCode: ${code}`,
    );
  });

  it('takes the first line of what it does not know', () => {
    const failure = toStorageFailure(restError('Slow down.\nRequestId:1\nTime:2', 503));
    expect(String(failure)).toContain('Status: 503 (Slow down.)');
  });

  it('leaves errors of others as they are', () => {
    const error = new Error('mine');
    expect(toStorageFailure(error)).toBe(error);
    expect(storageErrorCode(error)).toBeUndefined();
  });
});
