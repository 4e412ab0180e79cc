import { signText } from './accounts.ts';
import type { Refusal } from './storage-error.ts';

const DAY_MS = 86_400_000;
const LONGEST_LIFE_MS = 7 * DAY_MS;

/** A user delegation key as its holder's SAS tokens name it (`skoid`, `sktid`, `skt`, `ske`, `sks`, `skv`). */
export interface DelegationKey {
  objectId: string;
  tenantId: string;
  /** Times as text, in whole seconds: they are signed as they are written. */
  start: string;
  expiry: string;
  service: string;
  version: string;
}

/** Why a request body for a delegation key is refused, or the times of the key. */
export type KeyTimes = { start: string; expiry: string } | { refusal: Refusal };

/** Reads the times that a request body asks for: to end within 7 days of now and of its start, and after both. */
export function readKeyTimes(body: Buffer, nowMs: number): KeyTimes {
  const start = elementOf(body, 'Start');
  const expiry = elementOf(body, 'Expiry');
  const startMs = start === undefined ? nowMs : Date.parse(start);
  const expiryMs = Date.parse(expiry ?? '');
  const lifeMs = expiryMs - Math.min(startMs, nowMs);
  const isGood = lifeMs > 0 && lifeMs <= LONGEST_LIFE_MS && expiryMs > startMs && expiryMs > nowMs;
  if (isGood) return { start: inSeconds(startMs), expiry: inSeconds(expiryMs) };
  const message = `The value for one of the XML nodes is not in the correct format. Start ${start}, Expiry ${expiry}: a delegation key ends after it starts and at most 7 days from now.`;
  return { refusal: { status: 400, code: 'InvalidXmlNodeValue', message } };
}

/**
 * The value (base64) of a delegation key of one account. It derives from what the key says of itself, so nothing is
 * kept of keys that were handed out.
 */
export function deriveKeyValue(secret: string, key: DelegationKey): string {
  return signText(secret, [key.objectId, key.tenantId, key.start, key.expiry, key.service, key.version].join('\n'));
}

/** The service's answer to the one who asked for a key. */
export function formatDelegationKey(
  secret: string,
  { objectId, tenantId, version, ...times }: Omit<DelegationKey, 'service'>,
): string {
  const key: DelegationKey = { objectId, tenantId, version, ...times, service: 'b' };
  const elements = {
    SignedOid: key.objectId,
    SignedTid: key.tenantId,
    SignedStart: key.start,
    SignedExpiry: key.expiry,
    SignedService: key.service,
    SignedVersion: key.version,
    Value: deriveKeyValue(secret, key),
  };
  const xml = Object.entries(elements).map(([name, value]) => `<${name}>${value}</${name}>`);
  return `<?xml version="1.0" encoding="utf-8"?><UserDelegationKey>${xml.join('')}</UserDelegationKey>`;
}

function inSeconds(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}

function elementOf(xml: Buffer, name: string): string | undefined {
  return new RegExp(`<${name}>\\s*([^<]*?)\\s*</${name}>`).exec(xml.toString())?.[1];
}
