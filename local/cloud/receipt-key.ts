import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { fetch } from 'undici';
import { type CloudName, RECEIPT_KEY, resourcesOf } from '../names.ts';
import type { Operator } from './operator.ts';

const API_VERSION = '7.4';

/**
 * Has a cloud's vault hold the key that signs the receipts of the app there, made at the first start. Gives its public half
 * (PEM), which the other side's platform team is told beforehand; the key never leaves the vault.
 */
export async function ensureReceiptKey(operator: Operator, cloud: CloudName): Promise<string> {
  const key = (await callVault(operator, cloud, 'GET', '')) ?? (await callVault(operator, cloud, 'POST', '/create'));
  if (!key) throw new Error(`The ${cloud}'s vault did not make key ${RECEIPT_KEY}.`);
  return createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
}

async function callVault(
  operator: Operator,
  cloud: CloudName,
  method: 'GET' | 'POST',
  action: string,
): Promise<JsonWebKey | undefined> {
  const url = `${resourcesOf(cloud).vaultUrl}/keys/${RECEIPT_KEY}${action}?api-version=${API_VERSION}`;
  const token = operator.token(`https://vault.${cloud}.test`);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const body = method === 'POST' ? { body: JSON.stringify({ kty: 'EC', crv: 'P-256' }) } : {};
  const answer = await fetch(url, { method, headers, ...body });
  if (answer.status === 404) return undefined;
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { key: JsonWebKey }).key;
}
