import type { CallFacts } from '../calls/call.ts';
import type { CallJournal } from '../calls/journal.ts';
import type { SendToWebhook, WebhookAnswer, WebhookRequest } from '../event-grid/webhook.ts';
import { untilAborted } from './holding.ts';
import type { Decision, FaultRules } from './rules.ts';

const NO_ANSWER: WebhookAnswer = { status: undefined, text: '' };

/** Breaks deliveries of events where a rule names Event Grid, and records those: one that works is no call to a cloud. */
export function observeDeliveries(faults: FaultRules, journal: CallJournal): (send: SendToWebhook) => SendToWebhook {
  return (send) => async (request) => {
    const facts = factsOf(request);
    const decision = faults.decide(facts);
    if (!decision) return send(request);
    const startedAt = new Date();
    const answer = await breakDelivery(decision, request, send);
    journal.add({
      at: startedAt.toISOString(),
      ...facts,
      requestBytes: Buffer.byteLength(request.body),
      responseBytes: Buffer.byteLength(answer.text),
      durationMs: Date.now() - startedAt.getTime(),
      status: answer.status ?? null,
      fault: decision.label,
    });
    return answer;
  };
}

async function breakDelivery(decision: Decision, request: WebhookRequest, send: SendToWebhook): Promise<WebhookAnswer> {
  const { fault, remainingMs, ended } = decision;
  if (fault.kind === 'status') return { status: fault.status, text: '' };
  if (fault.kind === 'delay') {
    await untilAborted(fault.delayMs, request.signal);
    return send(request);
  }
  if (fault.kind === 'hang') await untilAborted(remainingMs, AbortSignal.any([request.signal, ended]));
  else if (fault.kind === 'cut' && fault.when === 'after') await send(request);
  return NO_ANSWER;
}

function factsOf({ url, type }: WebhookRequest): CallFacts {
  const { host, pathname } = new URL(url);
  const operation = type === 'Notification' ? 'DeliverEvent' : 'ValidateSubscription';
  return {
    service: 'eventGrid',
    host,
    method: 'POST',
    path: pathname,
    query: '',
    operation,
    identity: 'eventGrid',
  };
}
