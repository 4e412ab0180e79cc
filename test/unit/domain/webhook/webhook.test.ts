import { showWebhookUrl } from '../../../../src/domain/route/webhook-settings.ts';
import {
  decideAnswer,
  decideWebhookDelayMs,
  formatWebhookId,
  MAX_WEBHOOK_TRIES,
  signWebhook,
} from '../../../../src/domain/webhook/webhook.ts';
import { messageOfTransfer } from '../../../../src/domain/webhook/webhook-message.ts';

describe('signWebhook', () => {
  // The example of the specification's reference implementations.
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
  const sentAt = new Date(1_614_265_330_000);

  it('signs as Standard Webhooks says', () => {
    expect(signWebhook(secret, id, sentAt, '{"test": 2432232314}')).toEqual({
      'webhook-id': id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('takes a secret that is the key itself', () => {
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const plain = 'a secret of more than 24 bytes';
    const encoded = `whsec_${Buffer.from(plain).toString('base64')}`;
    expect(key.length).toBe(24);
    expect(signWebhook(plain, id, sentAt, '{}')).toEqual(signWebhook(encoded, id, sentAt, '{}'));
  });

  it('refuses a key that is too short, without showing it', () => {
    const weak = () => signWebhook('hunter2', id, sentAt, '{}');
    expect(weak).toThrow('has a key of 7 bytes; allowed: 24 or more');
    expect(weak).not.toThrow('hunter2');
  });
});

describe('formatWebhookId', () => {
  it('is the same for each try of one end, and another for any other', () => {
    const ids = [
      formatWebhookId({ kind: 'transfer', id: 'a' }, 't1'),
      formatWebhookId({ kind: 'import', id: 'a' }, 't1'),
      formatWebhookId({ kind: 'transfer', id: 'b' }, 't1'),
      formatWebhookId({ kind: 'transfer', id: 'a' }, 't2'),
    ];
    expect(new Set(ids).size).toBe(4);
    expect(formatWebhookId({ kind: 'transfer', id: 'a' }, 't1')).toBe(ids[0]);
  });
});

describe('decideWebhookDelayMs', () => {
  const all = Array.from({ length: MAX_WEBHOOK_TRIES - 1 }, (_, index) => decideWebhookDelayMs(index + 1, 0) ?? 0);

  it('tries for most of a day, soon at first and never sooner than before', () => {
    expect(all[0]).toBe(5000);
    expect([...all].sort((left, right) => left - right)).toEqual(all);
    const hours = all.reduce((sum, delayMs) => sum + delayMs, 0) / 3_600_000;
    expect(hours).toBeGreaterThan(20);
    expect(hours).toBeLessThanOrEqual(24);
    expect(decideWebhookDelayMs(MAX_WEBHOOK_TRIES, 0)).toBeUndefined();
  });

  it('waits as long as the receiver asks, up to 6 hours', () => {
    expect(decideWebhookDelayMs(1, 60_000)).toBe(60_000);
    expect(decideWebhookDelayMs(3, 1000)).toBe(120_000);
    expect(decideWebhookDelayMs(1, 10 ** 12)).toBe(6 * 3_600_000);
  });
});

describe('decideAnswer', () => {
  it.each([
    [200, 'delivered'],
    [204, 'delivered'],
    [307, 'failed'],
    [404, 'failed'],
    [410, 'unwanted'],
    [500, 'failed'],
  ])('%d is %s', (status, result) => expect(decideAnswer(status)).toBe(result));
});

describe('messageOfTransfer', () => {
  const report = (count: number) =>
    ({
      ...{ id: 'a', route: 'r', state: 'Succeeded', finishedAt: 't', batches: [{ path: 'b0001' }] },
      artifacts: Array.from({ length: count }, (_, index) => ({ artifact: `a:${index}`, outcome: 'Transferred' })),
    }) as never;

  it('names up to 100 artifacts, and of more none', () => {
    expect(messageOfTransfer(report(100)).data).toMatchObject({ artifacts: { length: 100 } });
    const large = messageOfTransfer(report(101));
    expect(large.data).not.toHaveProperty('artifacts');
    expect(large.data).not.toHaveProperty('batches');
    expect(JSON.stringify(large).length).toBeLessThan(500);
  });
});

describe('showWebhookUrl', () => {
  it('leaves out path and query', () => {
    expect(showWebhookUrl({ url: 'https://example.org:8443/a/b?sig=secret' })).toBe('https://example.org:8443/…');
  });
});
