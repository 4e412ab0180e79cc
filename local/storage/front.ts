import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Agent } from 'node:https';
import { readBody } from '../http.ts';
import type { StorageAccountName } from '../names.ts';
import type { TokenAuthority } from '../tokens.ts';
import { accountOfHost, checkBearer, checkDelegationSas, STORAGE_AUDIENCE, unknownAccount } from './access.ts';
import { resolveCopySource } from './copy-source.ts';
import { checkKeyTimes } from './delegation-key.ts';
import { forward } from './forward.ts';
import type { Refusal } from './storage-error.ts';
import { refuse } from './storage-error.ts';

export interface FrontOptions {
  tokens: TokenAuthority;
  accountKeys: Readonly<Record<StorageAccountName, string>>;
  azuritePort: number;
  /** Tells Azurite's process that a request has been checked here. */
  frontSecret: string;
  /** Keeps the connections to Azurite. */
  agent: Agent;
  log?: (line: string) => void;
}

/** What a request becomes on its way to Azurite. */
interface Passage {
  path: string;
  headers: Map<string, string>;
  body?: Buffer;
}

const KEY_REQUEST_LIMIT_BYTES = 4096;

/**
 * Judges one request by what Azurite does not check and passes it on. Host and path stay as they are (Azurite takes the
 * account from the host, and signatures hold); only a copy, whose source must be on the same host as its target, goes
 * on in Azurite's path form.
 */
export async function answerStorage(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  options: FrontOptions,
): Promise<void> {
  const passage: Passage = {
    path: request.url ?? '/',
    headers: new Map([['x-acr-transfer-front', options.frontSecret]]),
  };
  const refusal = (await judge(request, url, passage, options)) ?? redirectCopy(request, url, passage, options);
  if (refusal) {
    options.log?.(
      `storage refused ${request.method} ${url.hostname}${url.pathname}: ${refusal.status} ${refusal.code}`,
    );
    refuse(request, response, refusal);
    return;
  }
  forward(request, response, { agent: options.agent, port: options.azuritePort, log: options.log, ...passage });
}

async function judge(
  request: IncomingMessage,
  url: URL,
  passage: Passage,
  options: FrontOptions,
): Promise<Refusal | undefined> {
  const account = accountOfHost(url.hostname);
  if (!account) return unknownAccount(url.hostname);
  const bearer = checkBearer(request.headers.authorization, account, options.tokens);
  if (bearer.kind === 'refused') return bearer.refusal;
  if (bearer.kind === 'token' && bearer.claims.aud !== STORAGE_AUDIENCE) {
    // Azurite knows no audience of a local account.
    const token = options.tokens.mint({ ...bearer.claims, aud: STORAGE_AUDIENCE });
    passage.headers.set('authorization', `Bearer ${token}`);
  }
  const comp = url.searchParams.get('comp');
  if (comp === 'batch') return notServed('The requests within a batch would reach Azurite unchecked.');
  if (comp === 'userdelegationkey') {
    passage.body = await readBody(request, KEY_REQUEST_LIMIT_BYTES);
    return checkKeyTimes(passage.body, Date.now());
  }
  return checkDelegationSas(url.searchParams);
}

function redirectCopy(
  request: IncomingMessage,
  url: URL,
  passage: Passage,
  options: FrontOptions,
): Refusal | undefined {
  const source = request.headers['x-ms-copy-source'];
  if (typeof source !== 'string') return undefined;
  if (/^SharedKey/i.test(request.headers.authorization ?? '')) {
    return notServed(
      'A copy signed with the account key would have to be signed anew: use a token or a SAS at the target.',
    );
  }
  const authorization = request.headers['x-ms-copy-source-authorization'];
  const resolved = resolveCopySource(source, typeof authorization === 'string' ? authorization : undefined, options);
  if ('refusal' in resolved) return resolved.refusal;
  passage.headers.set('host', `127.0.0.1:${options.azuritePort}`).set('x-ms-copy-source', resolved.url);
  passage.path = `/${accountOfHost(url.hostname)}${passage.path}`;
  return undefined;
}

function notServed(message: string): Refusal {
  return { status: 501, code: 'NotImplemented', message };
}
