import type { Refusal } from './storage-error.ts';

const DAY_MS = 86_400_000;
const LONGEST_LIFE_MS = 7 * DAY_MS;

/**
 * Why a request body for a user delegation key is refused, or `undefined`. The key must end within 7 days of now and of
 * its start, and after both; Azurite takes any times.
 */
export function checkKeyTimes(body: Buffer, nowMs: number): Refusal | undefined {
  const start = elementOf(body, 'Start');
  const expiry = elementOf(body, 'Expiry');
  const startMs = start === undefined ? nowMs : Date.parse(start);
  const expiryMs = Date.parse(expiry ?? '');
  const lifeMs = expiryMs - Math.min(startMs, nowMs);
  if (lifeMs > 0 && lifeMs <= LONGEST_LIFE_MS && expiryMs > startMs && expiryMs > nowMs) return undefined;
  return {
    status: 400,
    code: 'InvalidXmlNodeValue',
    message: `The value for one of the XML nodes is not in the correct format. Start ${start}, Expiry ${expiry}: a delegation key ends after it starts and at most 7 days from now.`,
  };
}

function elementOf(xml: Buffer, name: string): string | undefined {
  return new RegExp(`<${name}>\\s*([^<]*?)\\s*</${name}>`).exec(xml.toString())?.[1];
}
