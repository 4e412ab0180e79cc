import type { OrchestrationContext } from 'durable-functions';
import type { Orchestrators } from '../domain/activities.ts';
import { webhookGivenUpLine } from '../domain/alert-lines.ts';
import { decideWebhookDelayMs, MAX_WEBHOOK_TRIES } from '../domain/webhook/webhook.ts';
import { callActivity, type Step, wait } from './call.ts';

/**
 * Tells a route's webhook of the end of a transfer or an import, until it has been told or a day has passed. Nobody
 * waits for it; the number of tries bounds its history.
 */
export function* notifyOrchestrator(context: OrchestrationContext): Step<Orchestrators['notify']['output']> {
  const notified = context.df.getInput<Orchestrators['notify']['input']>();
  for (let tries = 1; ; tries++) {
    const last = tries === MAX_WEBHOOK_TRIES;
    const sent = yield* callActivity(context, 'sendWebhook', { ...notified, tries, last });
    if (sent.ok && sent.value.done) return { tries, done: true };
    const delayMs = decideWebhookDelayMs(tries, sent.ok ? sent.value.retryAfterMs : 0);
    if (delayMs === undefined) {
      if (!context.df.isReplaying) context.error(webhookGivenUpLine(notified, tries));
      return { tries, done: false };
    }
    yield* wait(context, delayMs);
  }
}
