import { parseFailureDetails } from '../../../../../local/host/durable/activity.ts';

describe('parseFailureDetails', () => {
  it('reads what the package puts into a message', () => {
    const message = JSON.stringify({
      errorType: 'QuotaError',
      errorMessage: 'full',
      isNonRetriable: true,
      stackTrace: 's',
    });
    expect(parseFailureDetails(message)).toEqual({
      ErrorType: 'QuotaError',
      ErrorMessage: 'full',
      IsNonRetriable: true,
      StackTrace: 's',
      Properties: null,
    });
  });

  it.each(['plain', '{broken', '{"other":1}', ''])('takes %p for a message', (message) => {
    expect(parseFailureDetails(message)).toBeUndefined();
  });
});
