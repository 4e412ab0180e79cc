import { setTimeout as sleep } from 'node:timers/promises';
import { fetch, type Response } from 'undici';
import { z } from 'zod';
import { RunFailure } from './run-failure.ts';

const API_VERSION = '7.6';
const TIME_LIMIT_MS = 30_000;
/** Waits before the second, third and fourth try of a read that a busy vault or the network failed. */
const RETRY_DELAYS_MS = [200, 800, 3200];
const ALLOWED = 'https://{vault}/secrets/{name}, or with /{version}';

const secretSchema = z.object({ value: z.string() });
const errorSchema = z.object({ error: z.object({ code: z.string() }) });

/**
 * The value of the secret at a `keyVaultUri`, with or without a version, read with `token`; tried again, a few times,
 * after 429, 5xx and a broken connection. Throws {@link RunFailure}.
 */
export async function readSecret(keyVaultUri: string, token: string, signal: AbortSignal): Promise<string> {
  const url = toSecretUrl(keyVaultUri);
  const response = await fetchPatiently(url, token, signal).catch((error: Error) => {
    if (signal.aborted) throw error;
    const reason = error.cause instanceof Error ? error.cause.message : error.message;
    throw new RunFailure('KeyVaultAccessFailed', `Failed to access key vault ${url.host}. ${reason}`, error);
  });
  const body: unknown = await response.json().catch(() => undefined);
  if (response.status !== 200) throw refusal(response.status, response.statusText, body, keyVaultUri);
  const secret = secretSchema.safeParse(body);
  if (secret.success && secret.data.value !== '') return secret.data.value;
  throw new RunFailure('KeyVaultAccessFailed', `Failed to access key vault. The secret ${keyVaultUri} has no value.`);
}

async function fetchPatiently(url: URL, token: string, signal: AbortSignal): Promise<Response> {
  for (const delayMs of RETRY_DELAYS_MS) {
    const response = await fetchOnce(url, token, signal).catch(() => undefined);
    if (response && response.status !== 429 && response.status < 500) return response;
    await response?.body?.cancel();
    await sleep(delayMs, undefined, { signal });
  }
  return fetchOnce(url, token, signal);
}

function fetchOnce(url: URL, token: string, signal: AbortSignal): Promise<Response> {
  return fetch(url, {
    headers: { authorization: `Bearer ${token}` },
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIME_LIMIT_MS)]),
  });
}

function toSecretUrl(keyVaultUri: string): URL {
  const url = URL.canParse(keyVaultUri) ? new URL(keyVaultUri) : undefined;
  const match = /^\/secrets\/[0-9a-zA-Z-]+(\/[0-9a-zA-Z]+)?\/?$/.exec(url?.pathname ?? '');
  if (url === undefined || !match) {
    const message = `The key vault URI '${keyVaultUri}' does not name a secret, allowed: ${ALLOWED}.`;
    throw new RunFailure('InvalidKeyVaultUri', message);
  }
  url.search = `?api-version=${API_VERSION}`;
  return url;
}

function refusal(status: number, statusText: string, body: unknown, keyVaultUri: string): RunFailure {
  const parsed = errorSchema.safeParse(body);
  const code = parsed.success ? ` ErrorCode: ${parsed.data.error.code}` : '';
  return new RunFailure(
    'KeyVaultAccessFailed',
    `Failed to access key vault. Service request failed. Status: ${status} (${statusText}) Secret: ${keyVaultUri}${code}`,
  );
}
