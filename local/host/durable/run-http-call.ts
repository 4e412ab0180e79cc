import { messageOf } from '../errors.ts';
import type { HttpCall, HttpCallResult } from './http-call.ts';

/** How long the real host waits for an answer. */
const TIME_LIMIT_MS = 100_000;

/** Makes the HTTP call of an orchestrator. Throws when no answer comes, or no token; any status is an answer. */
export async function runHttpCall(call: HttpCall): Promise<HttpCallResult> {
  const { method, uri, content, tokenSource } = call;
  const headers = new Headers(call.headers ?? {});
  if (tokenSource) headers.set('authorization', `Bearer ${await identityToken(tokenSource.resource)}`);
  try {
    const body = content ?? null;
    const signal = AbortSignal.timeout(TIME_LIMIT_MS);
    const response = await fetch(uri, { method, headers, body, signal });
    return {
      statusCode: response.status,
      headers: Object.fromEntries(response.headers),
      content: await response.text(),
    };
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    const why = cause === undefined ? messageOf(error) : `${messageOf(error)}: ${messageOf(cause)}`;
    const { origin, pathname } = new URL(uri);
    throw new Error(`${method} ${origin}${pathname} failed: ${why}`, { cause: error });
  }
}

/** The SDK is loaded here, so that apps without such calls start sooner; it keeps tokens for as long as they are good. */
async function identityToken(resource: string): Promise<string> {
  const { ManagedIdentityCredential } = await import('@azure/identity');
  credential ??= new ManagedIdentityCredential();
  const { token } = await credential.getToken(`${resource.replace(/\/+$/, '')}/.default`);
  return token;
}

let credential: { getToken(scope: string): Promise<{ token: string }> } | undefined;
