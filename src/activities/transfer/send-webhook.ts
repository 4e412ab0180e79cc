import { postWebhook } from '../../azure/webhook-post.ts';
import { TransferError, toFailure } from '../../domain/errors.ts';
import type { Notified } from '../../domain/names.ts';
import { showWebhookUrl, type WebhookSettings } from '../../domain/route/webhook-settings.ts';
import { decideAnswer, formatWebhookId, signWebhook, type WebhookRecord } from '../../domain/webhook/webhook.ts';
import { messageOfImport, messageOfTransfer, type WebhookMessage } from '../../domain/webhook/webhook-message.ts';
import type { Activity } from '../activity.ts';
import type { Services } from '../services.ts';

/**
 * Tells a route's webhook of an end, once, and keeps how that went. Twice: the receiver gets the same message again,
 * under the same id. A failed try is no failure of this activity: what comes next is the orchestrator's to decide. An end
 * that a later one has overtaken is told of no more.
 */
export const sendWebhook: Activity<'sendWebhook'> = async (services, { tries, last, ...notified }) => {
  const ended = await readEnd(services, notified);
  // Deleted, or overtaken.
  if (!ended || ended.end !== notified.end) return { done: true, retryAfterMs: 0 };
  const lastTryAt = new Date().toISOString();
  const { result, status: lastStatus, error: lastError, retryAfterMs } = await trySend(services, notified, ended);
  const isOver = last || result === 'unwanted';
  const state = result === 'delivered' ? 'Delivered' : isOver ? 'GivenUp' : 'Pending';
  await keep(services, notified, { end: ended.end, state, tries, lastTryAt, lastStatus, lastError });
  return { done: result !== 'failed', retryAfterMs };
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

async function keep(services: Services, notified: Notified, webhook: WebhookRecord): Promise<void> {
  const { kind, id, end } = notified;
  if (kind === 'import') {
    await services.imports.update(id, (found) => (found.webhook?.end === end ? { ...found, webhook } : found));
    return;
  }
  // It may have been deleted while the receiver took its time.
  if ((await readEnd(services, notified))?.end === end) await services.webhooks.write(id, webhook);
}

interface Sent {
  result: ReturnType<typeof decideAnswer>;
  status: number | null;
  error: string | null;
  retryAfterMs: number;
}

/** A route that is not usable may be so again by the next try. */
async function trySend(services: Services, notified: Notified, { route, message }: Ended): Promise<Sent> {
  try {
    const { webhook } = services.route(route);
    if (!webhook) return { result: 'unwanted', status: null, error: 'WEBHOOK_NOT_CONFIGURED', retryAfterMs: 0 };
    const body = JSON.stringify(message);
    const secret = await readSecret(services, webhook);
    const headers = signWebhook(secret, formatWebhookId(notified, message.timestamp), new Date(), body);
    const shownUrl = showWebhookUrl(webhook);
    const { status, retryAfterMs } = await postWebhook({ url: webhook.url, shownUrl, headers, body });
    const result = decideAnswer(status);
    return { result, status, error: result === 'delivered' ? null : `HTTP_${status}`, retryAfterMs };
  } catch (error) {
    const { code } = toFailure(error);
    return { result: 'failed', status: null, error: code, retryAfterMs: 0 };
  }
}

async function readSecret(services: Services, { secret: { vault, name } }: WebhookSettings): Promise<string> {
  const found = await services.vault(vault).get(name);
  if (found) return found.value;
  const text = `The webhook's secret ${name} is not in ${vault}.`;
  throw new TransferError(text, { class: 'service', code: 'WEBHOOK_SECRET_MISSING' });
}
