import { postWebhook } from '../azure/webhook-post.ts';
import type { Notified } from '../domain/activities.ts';
import { TransferError, toFailure } from '../domain/errors.ts';
import { decideAnswer, formatWebhookId, signWebhook, type WebhookRecord } from '../domain/webhook.ts';
import { messageOfImport, messageOfTransfer, type WebhookMessage } from '../domain/webhook-message.ts';
import { showWebhookUrl, type WebhookSettings } from '../domain/webhook-settings.ts';
import type { Activity } from './activity.ts';
import type { Services } from './services.ts';
import { webhookOf } from './webhook-of-route.ts';

/**
 * Tells a route's webhook of an end, once, and keeps how that went. Twice: the receiver gets the same message again,
 * under the same id. A failed try is no failure of this activity: what comes next is the orchestrator's to decide. An end
 * that a later one has overtaken is told of no more.
 */
export const sendWebhook: Activity<'sendWebhook'> = async (services, { tries, last, ...notified }) => {
  const ended = await readEnd(services, notified);
  const webhook = ended && webhookOf(services, ended.route);
  // Deleted, overtaken, or not wanted any more.
  if (!ended || !webhook || ended.end !== notified.end) return { done: true, retryAfterMs: 0 };
  const lastTryAt = new Date().toISOString();
  const sent = await trySend(services, webhook, formatWebhookId(notified, ended.message.timestamp), ended.message);
  const isOver = last || sent.result === 'unwanted';
  const state = sent.result === 'delivered' ? 'Delivered' : isOver ? 'GivenUp' : 'Pending';
  const { status: lastStatus, error: lastError, retryAfterMs } = sent;
  await keep(services, notified, { end: ended.end, state, tries, lastTryAt, lastStatus, lastError });
  return { done: sent.result !== 'failed', retryAfterMs };
};

interface Ended {
  route: string;
  end: number | undefined;
  message: WebhookMessage;
}

async function readEnd({ transfers, imports }: Services, { kind, id }: Notified): Promise<Ended | undefined> {
  if (kind === 'import') {
    const found = await imports.read(id);
    return found && { route: found.route, end: found.webhook?.end, message: messageOfImport(found) };
  }
  const found = await transfers.readReport(id);
  return found && { route: found.route, end: found.webhook?.end, message: messageOfTransfer(found) };
}

async function keep({ imports, webhooks }: Services, { kind, id, end }: Notified, webhook: WebhookRecord) {
  if (kind === 'transfer') return webhooks.write(id, webhook);
  await imports.update(id, (found) => (found.webhook?.end === end ? { ...found, webhook } : found));
}

interface Sent {
  result: ReturnType<typeof decideAnswer>;
  status: number | null;
  error: string | null;
  retryAfterMs: number;
}

async function trySend(services: Services, webhook: WebhookSettings, id: string, message: WebhookMessage) {
  const { url, secret } = webhook;
  try {
    const found = await services.vault(secret.vault).get(secret.name);
    if (!found) {
      const text = `The webhook's secret ${secret.name} is not in ${secret.vault}.`;
      throw new TransferError(text, { class: 'service', code: 'WEBHOOK_SECRET_MISSING' });
    }
    const body = JSON.stringify(message);
    const headers = signWebhook(found.value, id, new Date(), body);
    const { status, retryAfterMs } = await postWebhook({ url, shownUrl: showWebhookUrl(webhook), headers, body });
    const result = decideAnswer(status);
    return { result, status, error: result === 'delivered' ? null : `HTTP_${status}`, retryAfterMs } satisfies Sent;
  } catch (error) {
    const { code } = toFailure(error);
    return { result: 'failed', status: null, error: code, retryAfterMs: 0 } satisfies Sent;
  }
}
