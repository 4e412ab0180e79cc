import { z } from 'zod';
import type { GridEvent } from './grid-event.ts';

const DAY_MINUTES = 1440;
const MAX_ATTEMPTS = 30;

/** Only this machine is delivered to: nothing that the local cloud sends leaves it. */
const endpointUrl = z.string().refine(isLoopback, 'allowed: an http URL of 127.0.0.1 or localhost');

/**
 * An event subscription to one topic, in the words of the resource type `eventSubscriptions`: prefix and suffix of the
 * subject (compared without case unless it says otherwise), types, and how long an event is tried.
 */
export const subscriptionSchema = z.object({
  name: z.string().regex(/^[A-Za-z0-9-]{3,64}$/, 'allowed: 3 to 64 letters, digits and -'),
  /** Resource id of the storage account or the registry. */
  topic: z.string().min(1),
  /** Has a key in its query: never in a log. */
  endpointUrl,
  eventDeliverySchema: z.literal('EventGridSchema').default('EventGridSchema'),
  filter: z
    .object({
      includedEventTypes: z.array(z.string()).optional(),
      subjectBeginsWith: z.string().default(''),
      subjectEndsWith: z.string().default(''),
      isSubjectCaseSensitive: z.boolean().default(false),
    })
    .prefault({}),
  retryPolicy: z
    .object({
      maxDeliveryAttempts: z.number().int().min(1).max(MAX_ATTEMPTS).default(MAX_ATTEMPTS),
      eventTimeToLiveInMinutes: z.number().int().min(1).max(DAY_MINUTES).default(DAY_MINUTES),
    })
    .prefault({}),
});
export type Subscription = z.infer<typeof subscriptionSchema>;
export type SubscriptionInput = z.input<typeof subscriptionSchema>;

function isLoopback(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'http:' && (hostname === '127.0.0.1' || hostname === 'localhost');
}

/** Whether a subscription wants an event of its topic. */
export function wants({ topic, filter }: Subscription, event: Pick<GridEvent, 'topic' | 'subject' | 'eventType'>) {
  if (topic.toLowerCase() !== event.topic.toLowerCase()) return false;
  if (filter.includedEventTypes !== undefined && !filter.includedEventTypes.includes(event.eventType)) return false;
  const fold = (text: string) => (filter.isSubjectCaseSensitive ? text : text.toLowerCase());
  const subject = fold(event.subject);
  return subject.startsWith(fold(filter.subjectBeginsWith)) && subject.endsWith(fold(filter.subjectEndsWith));
}
