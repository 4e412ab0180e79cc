import { z } from 'zod';
import { vaultItemSchema, vaultUrlSchema } from './credential-settings.ts';

/** How a transfer or an import may have ended when its webhook is called. */
export const WEBHOOK_EVENTS = ['Succeeded', 'CompletedWithErrors', 'Failed', 'Canceled', 'HandedOver'] as const;

const urlSchema = z
  .string()
  .max(2000)
  .refine(isWebhookUrl, 'allowed: an https URL without user, password and fragment');

function isWebhookUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, hash } = new URL(text);
  return protocol === 'https:' && username === '' && password === '' && hash === '';
}

/**
 * Who is told of the end of a route's transfers and imports. The secret signs what is sent; the app's own identity
 * reads it from the vault each time, so that a new version counts at once.
 */
export const webhookSchema = z.strictObject({
  url: urlSchema,
  secret: z.strictObject({ vault: vaultUrlSchema, name: vaultItemSchema }),
  events: z
    .array(z.enum(WEBHOOK_EVENTS, `allowed: ${WEBHOOK_EVENTS.join(', ')}`))
    .min(1, `allowed: at least one of ${WEBHOOK_EVENTS.join(', ')}`)
    .default([...WEBHOOK_EVENTS]),
});
export type WebhookSettings = z.infer<typeof webhookSchema>;

/** The URL as far as it may be shown: many receivers take whoever knows its path or query for the sender. */
export function showWebhookUrl({ url }: Pick<WebhookSettings, 'url'>): string {
  return `${new URL(url).origin}/…`;
}
