import { postWebhook } from '../azure/webhook-post.ts';
import type { Notified } from '../domain/activities.ts';
import { TransferError, toFailure } from '../domain/errors.ts';
import { decideAnswer, formatWebhookId, signWebhook } from '../domain/webhook.ts';
import { messageOfImport, messageOfTransfer, type WebhookMessage } from '../domain/webhook-message.ts';
import { showWebhookUrl, type WebhookSettings } from '../domain/webhook-settings.ts';
import type { Activity } from './activity.ts';
import type { Services } from './services.ts';

/**
 * Tells a route's webhook of an end, once, and keeps how that went. Twice: the receiver gets the same message again,
 * under the same id. A failed try is no failure of this activity: what comes next is the orchestrator's to decide.
 */
export const sendWebhook: Activity<'sendWebhook'> = async (services, { tries, last, ...notified }) => {
  const ended = await readEnd(services, notified);
  const webhook = ended && services.route(ended.route).webhook;
  // Deleted, or not wanted any more.
  if (!ended || !webhook) return { done: true, retryAfterMs: 0 };
  const lastTryAt = new Date().toISOString();
  const sent = await trySend(services, webhook, formatWebhookId(notified, ended.message.timestamp), ended.message);
  const isOver = last || sent.result === 'unwanted';
  const state = sent.result === 'delivered' ? 'Delivered' : isOver ? 'GivenUp' : 'Pending';
  const { status: lastStatus, error: lastError, retryAfterMs } = sent;
  await services.webhooks.write(notified, { state, tries, lastTryAt, lastStatus, lastError });
  return { done: state !== 'Pending' && sent.result !== 'failed', retryAfterMs };
};

async function readEnd(
  { transfers, imports }: Services,
  { kind, id }: Notified,
): Promise<{ route: string; message: WebhookMessage } | undefined> {
  if (kind === 'import') {
    const report = await imports.readReport(id);
    return report && { route: report.route, message: messageOfImport(report) };
  }
  const report = await transfers.readReport(id);
  return report && { route: report.route, message: messageOfTransfer(report) };
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
