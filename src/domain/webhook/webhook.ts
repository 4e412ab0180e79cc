import { createHash, createHmac } from 'node:crypto';
import { z } from 'zod';
import { TransferError } from '../errors.ts';
import { formatBase32, type Notified } from '../names.ts';

export const WEBHOOK_STATES = ['Pending', 'Delivered', 'GivenUp'] as const;

/** How telling a route's webhook of an end has gone so far: `webhook` of a document. */
export const webhookRecordSchema = z.object({
  /** Which of its ends is told of, from 1. */
  end: z.number().int().min(1),
  state: z.enum(WEBHOOK_STATES),
  tries: z.number(),
  lastTryAt: z.string().nullable(),
  /** HTTP status of the last answer; null when none came. */
  lastStatus: z.number().nullable(),
  /** Why the last try failed, as a code. */
  lastError: z.string().nullable(),
});
export type WebhookRecord = z.infer<typeof webhookRecordSchema>;

/** Before the first try. */
export function notTold(end: number): WebhookRecord {
  return { end, state: 'Pending', tries: 0, lastTryAt: null, lastStatus: null, lastError: null };
}

/** A transfer's own end, and the one after the other side has said what became of all that was handed over. */
export const TRANSFER_ENDS = { own: 1, returned: 2 } as const;

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3600;

/** Seconds before each further try: together a little under a day. */
const DELAYS_SECONDS = [
  5,
  30,
  2 * MINUTE_SECONDS,
  10 * MINUTE_SECONDS,
  30 * MINUTE_SECONDS,
  HOUR_SECONDS,
  2 * HOUR_SECONDS,
  ...Array.from({ length: 5 }, () => 4 * HOUR_SECONDS),
];

/** Tries of one message, the first included. */
export const MAX_WEBHOOK_TRIES = DELAYS_SECONDS.length + 1;
const MAX_DELAY_MS = 6 * HOUR_SECONDS * 1000;

/**
 * Milliseconds after the failed try number `tries` (from 1), or `undefined` to give up. What the receiver asks for with
 * `Retry-After` counts where it is longer, up to 6 hours. Pure: orchestrators may call it.
 */
export function decideWebhookDelayMs(tries: number, retryAfterMs: number): number | undefined {
  const seconds = DELAYS_SECONDS[tries - 1];
  if (seconds === undefined) return undefined;
  return Math.max(seconds * 1000, Math.min(retryAfterMs, MAX_DELAY_MS));
}

/** What becomes of a message after an answer: 2xx is delivered; 410 says that nobody wants it any more. */
export function decideAnswer(status: number): 'delivered' | 'unwanted' | 'failed' {
  if (status >= 200 && status < 300) return 'delivered';
  return status === 410 ? 'unwanted' : 'failed';
}

/** The id of the message that tells of an end: the same for each try, and another for another end. */
export function formatWebhookId({ kind, id }: Pick<Notified, 'kind' | 'id'>, finishedAt: string): string {
  return `msg_${formatBase32(createHash('sha256').update(`${kind}/${id}/${finishedAt}`).digest()).slice(0, 26)}`;
}

const MIN_KEY_BYTES = 24;

/**
 * The headers of a message by Standard Webhooks (https://www.standardwebhooks.com): its id, the time of this try in
 * seconds since 1970, and `v1,` with the HMAC-SHA256 in base64 of id, time and body joined by dots.
 * @throws `WEBHOOK_SECRET_WEAK` for a secret whose key has less than 24 bytes
 */
export function signWebhook(secret: string, id: string, sentAt: Date, body: string): Record<string, string> {
  const timestamp = String(Math.floor(sentAt.getTime() / 1000));
  const mac = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${mac}` };
}

/** A secret that begins with `whsec_` holds its key in base64; any other is the key, as UTF-8. */
function keyOf(secret: string): Buffer {
  const text = secret.trim();
  const key = text.startsWith('whsec_') ? Buffer.from(text.slice('whsec_'.length), 'base64') : Buffer.from(text);
  if (key.length >= MIN_KEY_BYTES) return key;
  const message = `The webhook's secret has a key of ${key.length} bytes; allowed: ${MIN_KEY_BYTES} or more.`;
  throw new TransferError(message, { class: 'service', code: 'WEBHOOK_SECRET_WEAK' });
}
