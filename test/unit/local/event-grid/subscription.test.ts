import { subscriptionSchema, wants } from '../../../../local/event-grid/subscription.ts';

const BASE = { name: 'importBlob-1234', topic: '/s/store', endpointUrl: 'http://127.0.0.1:7071/hook?code=k' };
const EVENT = {
  topic: '/S/Store',
  subject: '/blobServices/default/containers/transfer/blobs/Folder/a.tar',
  eventType: 'Microsoft.Storage.BlobCreated',
};

describe('a subscription', () => {
  it('is tried 30 times in a day unless it says otherwise', () => {
    expect(subscriptionSchema.parse(BASE)).toMatchObject({
      eventDeliverySchema: 'EventGridSchema',
      filter: { subjectBeginsWith: '', subjectEndsWith: '', isSubjectCaseSensitive: false },
      retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 },
    });
  });

  it.each([
    ['another machine', { endpointUrl: 'http://example.com/hook' }],
    ['https, which no local app speaks', { endpointUrl: 'https://127.0.0.1/hook' }],
    ['no URL', { endpointUrl: '/hook' }],
    ['more than 30 tries', { retryPolicy: { maxDeliveryAttempts: 31 } }],
    ['more than a day', { retryPolicy: { eventTimeToLiveInMinutes: 1441 } }],
    ['another schema', { eventDeliverySchema: 'CloudEventSchemaV1_0' }],
    ['a name with _', { name: 'importBlob_1234' }],
  ])('cannot be made with %s', (_what, change) => {
    expect(subscriptionSchema.safeParse({ ...BASE, ...change }).success).toBe(false);
  });

  it.each([
    [{}, true],
    [{ subjectBeginsWith: '/blobservices/default/containers/transfer/blobs/' }, true],
    [{ subjectBeginsWith: '/blobServices/default/containers/other/' }, false],
    [{ subjectBeginsWith: '/blobservices/', isSubjectCaseSensitive: true }, false],
    [{ subjectEndsWith: '.TAR' }, true],
    [{ subjectEndsWith: '.zip' }, false],
    [{ includedEventTypes: ['Microsoft.Storage.BlobCreated'] }, true],
    [{ includedEventTypes: ['Microsoft.Storage.BlobDeleted'] }, false],
  ])('with filter %j wants an event: %s', (filter, expected) => {
    expect(wants(subscriptionSchema.parse({ ...BASE, filter }), EVENT)).toBe(expected);
  });

  it('wants none of another topic', () => {
    expect(wants(subscriptionSchema.parse(BASE), { ...EVENT, topic: '/s/other' })).toBe(false);
  });
});
