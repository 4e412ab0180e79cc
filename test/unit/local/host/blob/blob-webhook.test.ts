import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { BlobEventQueue } from '../../../../../local/host/blob/blob-event-queue.ts';
import { BlobWebhook } from '../../../../../local/host/blob/blob-webhook.ts';

const functionName = 'Host.Functions.f';
const event = { data: { url: 'https://store.blob.core.windows.net/c/b', blobType: 'BlockBlob', eTag: '0x1' } };

function open() {
  const queue = new BlobEventQueue(new DatabaseSync(':memory:'));
  const woken: number[] = [];
  const webhook = new BlobWebhook(
    queue,
    () => undefined,
    () => woken.push(1),
  );
  const notify = (body: unknown) =>
    webhook.handle({ eventType: 'Notification', functionName, body: JSON.stringify(body) });
  return { queue, woken, webhook, notify };
}

describe('the webhook for blobs', () => {
  it('has a delivery in the queue before it answers 202, in order, and wakes the runner', () => {
    const { queue, woken, notify } = open();
    expect(notify([event, event])).toEqual({ status: 202 });
    expect(queue.first(9)).toMatchObject([
      { functionId: functionName, container: 'c', blobName: 'b', etag: '"0x1"', tries: 0 },
      { functionId: functionName, container: 'c', blobName: 'b', etag: '"0x1"', tries: 0 },
    ]);
    expect(woken).toHaveLength(1);
  });

  it('takes nothing of a delivery in which one event is malformed', () => {
    const { queue, woken, notify } = open();
    expect(notify([event, { data: {} }])).toMatchObject({ status: 400, body: { Message: expect.any(String) } });
    expect([queue.first(9), woken]).toEqual([[], []]);
  });

  it('answers a handshake for any function, also one that does not exist, and the end of a subscription', () => {
    const { webhook } = open();
    const body = JSON.stringify([{ data: { validationCode: 'x' } }]);
    expect(webhook.handle({ eventType: 'subscriptionVALIDATION', functionName: undefined, body })).toEqual({
      status: 200,
      body: { validationResponse: 'x' },
    });
    expect(webhook.handle({ eventType: 'Unsubscribe', functionName, body: '' })).toEqual({ status: 202 });
  });

  it('refuses a call that does not say what it is', () => {
    const { queue, webhook } = open();
    const body = JSON.stringify([event]);
    for (const eventType of [undefined, '', 'Other']) {
      expect(webhook.handle({ eventType, functionName, body })).toMatchObject({ status: 400 });
    }
    expect(queue.first(9)).toEqual([]);
  });

  it('answers any payload with 200, 202 or 400, and queues as many blobs as it took events', () => {
    const hostile = fc.oneof(
      fc.string(),
      fc.json(),
      fc.array(fc.oneof(fc.constant(event), fc.anything(), fc.record({ data: fc.anything() }))).map((value) => {
        try {
          return JSON.stringify(value) ?? '';
        } catch {
          return 'circular';
        }
      }),
    );
    const eventType = fc.constantFrom('Notification', 'SubscriptionValidation', 'Unsubscribe', 'x', undefined);
    const { queue, webhook } = open();
    fc.assert(
      fc.property(hostile, eventType, fc.option(fc.string(), { nil: undefined }), (body, type, name) => {
        const before = queue.first(100_000).length;
        const { status } = webhook.handle({ eventType: type, functionName: name, body });
        expect([200, 202, 400]).toContain(status);
        const queued = queue.first(100_000).length - before;
        expect(queued).toBe(type === 'Notification' && status === 202 ? JSON.parse(body).length : 0);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the queue of blobs', () => {
  it('puts a blob that is to be tried again behind all others', () => {
    const { queue, notify } = open();
    notify([event, event, event]);
    const [first, second, third] = queue.first(3);
    queue.begin(first?.rowId ?? 0);
    queue.requeue(first?.rowId ?? 0);
    expect(queue.first(9).map(({ rowId, tries }) => [rowId, tries])).toEqual([
      [second?.rowId, 0],
      [third?.rowId, 0],
      [first?.rowId, 1],
    ]);
    queue.remove(second?.rowId ?? 0);
    expect(queue.first(1)).toMatchObject([{ rowId: third?.rowId }]);
  });
});
