import { randomUUID } from 'node:crypto';
import { fetch } from 'undici';
import { z } from 'zod';
import type { GridEvent } from './grid-event.ts';
import type { Subscription } from './subscription.ts';

const ANSWER_LIMIT_MS = 30_000;
const RESPONSE = z.object({ validationResponse: z.string() });

/** A subscription whose endpoint did not prove that it wants events. */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
}

/**
 * Asks an endpoint whether it wants the events of a new subscription: it has to answer 200 with the code that it is sent.
 * @throws HandshakeError that says what it answered; the URL's query is not in it
 */
export async function shakeHands(subscription: Subscription, send: SendToWebhook): Promise<void> {
  const validationCode = randomUUID();
  const event: GridEvent = {
    id: randomUUID(),
    topic: subscription.topic,
    subject: '',
    eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
    eventTime: new Date().toISOString(),
    data: { validationCode },
    dataVersion: '2',
    metadataVersion: '1',
  };
  const answer = await post(subscription, 'SubscriptionValidation', event, { attempts: 0, send });
  const response = RESPONSE.safeParse(parseJson(answer.text));
  if (answer.status === 200 && response.data?.validationResponse === validationCode) return;
  const { origin, pathname } = new URL(subscription.endpointUrl);
  throw new HandshakeError(
    `Subscription ${subscription.name}: ${origin}${pathname} answered the handshake with ${answer.status ?? 'nothing'}; ` +
      'allowed: 200 with the validation code',
  );
}

/** One request to an endpoint. */
export interface WebhookRequest {
  url: string;
  type: 'Notification' | 'SubscriptionValidation';
  headers: Record<string, string>;
  body: string;
  /** When it is given up. */
  signal: AbortSignal;
}

/** What came back; without a status, nothing did. */
export interface WebhookAnswer {
  status: number | undefined;
  text: string;
}

/** Sends a request to an endpoint; what goes wrong on the way is no answer. */
export type SendToWebhook = (request: WebhookRequest) => Promise<WebhookAnswer>;

interface Posting {
  /** Earlier tries. */
  attempts: number;
  /** Breaks the call off. */
  signal?: AbortSignal;
  send: SendToWebhook;
}

/** Delivers one event; gives the status of the answer, or `undefined` when none came within 30 seconds. */
export async function deliver(
  subscription: Subscription,
  event: GridEvent,
  posting: Posting,
): Promise<number | undefined> {
  return (await post(subscription, 'Notification', event, posting)).status;
}

async function post(
  { name, endpointUrl }: Subscription,
  type: WebhookRequest['type'],
  event: GridEvent,
  { attempts, signal: given, send }: Posting,
): Promise<WebhookAnswer> {
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'aeg-event-type': type,
    'aeg-subscription-name': name.toUpperCase(),
    'aeg-delivery-count': String(attempts),
    'aeg-data-version': event.dataVersion,
    'aeg-metadata-version': event.metadataVersion,
  };
  const timeout = AbortSignal.timeout(ANSWER_LIMIT_MS);
  const signal = given === undefined ? timeout : AbortSignal.any([given, timeout]);
  return send({ url: endpointUrl, type, headers, body: JSON.stringify([event]), signal });
}

/** Sends it over the network. */
export const sendToWebhook: SendToWebhook = async ({ url, headers, body, signal }) => {
  try {
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
    return { status: response.status, text: await response.text() };
  } catch {
    return { status: undefined, text: '' };
  }
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
