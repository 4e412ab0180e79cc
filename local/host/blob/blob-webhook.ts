import type { WebhookAnswer } from '../durable/webhooks.ts';
import type { Log } from '../log.ts';
import type { BlobEventQueue } from './blob-event-queue.ts';
import { MalformedEventError, parseBlobEvents, parseValidationCode } from './blob-events.ts';

/** A call of `/runtime/webhooks/blobs` whose key was good. */
export interface BlobWebhookRequest {
  /** The header `aeg-event-type`. */
  eventType: string | undefined;
  /** Of the query; as the subscription has it. */
  functionName: string | undefined;
  body: string;
}

/**
 * The webhook of the blobs extension, to which Event Grid delivers. What is answered with 202 is in the queue, also for a
 * function that does not exist: such a blob is dropped when its turn comes, as in the service.
 */
export class BlobWebhook {
  readonly #queue: BlobEventQueue;
  readonly #log: Log;
  readonly #onQueued: () => void;

  constructor(queue: BlobEventQueue, log: Log, onQueued: () => void) {
    this.#queue = queue;
    this.#log = log;
    this.#onQueued = onQueued;
  }

  /** Answers a handshake, a delivery or the end of a subscription; anything else is a 400 that says why. */
  handle({ eventType = '', functionName = '', body }: BlobWebhookRequest): WebhookAnswer {
    try {
      switch (eventType.toLowerCase()) {
        case 'subscriptionvalidation':
          return this.#validate(functionName, body);
        case 'notification':
          return this.#accept(functionName, body);
        case 'unsubscribe':
          return { status: 202 };
        default:
          return refusal(
            `aeg-event-type is '${eventType}'; allowed: SubscriptionValidation, Notification, Unsubscribe`,
          );
      }
    } catch (error) {
      if (error instanceof MalformedEventError) return refusal(error.message);
      throw error;
    }
  }

  #validate(functionName: string, body: string): WebhookAnswer {
    const validationResponse = parseValidationCode(body);
    this.#log('information', 'Host.Blobs', `handshake with Event Grid for ${functionName || 'no function'}`);
    return { status: 200, body: { validationResponse } };
  }

  #accept(functionName: string, body: string): WebhookAnswer {
    this.#queue.add(functionName, parseBlobEvents(body));
    this.#onQueued();
    return { status: 202 };
  }
}

function refusal(Message: string): WebhookAnswer {
  return { status: 400, body: { Message } };
}
