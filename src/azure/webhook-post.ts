import { request } from 'undici';
import { USER_AGENT_PREFIX } from './client-policy.ts';
import { attempt } from './errors.ts';
import { readRetryAfterMs } from './retry-after.ts';

/** What a receiver answered. */
export interface WebhookAnswer {
  status: number;
  retryAfterMs: number;
}

/** Of an answer's body, which nobody reads, so much is taken to keep the connection. */
const MAX_DRAINED_BYTES = 16_384;

/**
 * Posts a message to one URL and nowhere else: a redirect is an answer like any other. `shownUrl` is what errors name,
 * since path and query may be secret. @throws `TransferError` when no answer came within 30 seconds
 */
export function postWebhook(options: {
  url: string;
  shownUrl: string;
  headers: Record<string, string>;
  body: string;
}): Promise<WebhookAnswer> {
  const { url, shownUrl, headers, body } = options;
  return attempt({ action: 'tell the webhook', resource: shownUrl }, async (signal) => {
    const sent = { 'content-type': 'application/json', 'user-agent': USER_AGENT_PREFIX, ...headers };
    const answer = await request(url, { method: 'POST', headers: sent, body, signal });
    await answer.body.dump({ limit: MAX_DRAINED_BYTES, signal }).catch(() => undefined);
    const get = (name: string) => [answer.headers[name]].flat()[0];
    return { status: answer.statusCode, retryAfterMs: readRetryAfterMs(get) ?? 0 };
  });
}
