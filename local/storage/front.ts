import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../http.ts';
import type { StorageAccountName } from '../names.ts';
import { type AccessOptions, headerMap, judgeAccess, servedAccountOf, unknownAccount } from './access.ts';
import { type BlobWatcher, blobWriteOf, tellOfBlob } from './blob-writes.ts';
import { resolveCopySource } from './copy-source.ts';
import { formatDelegationKey, readKeyTimes } from './delegation-key.ts';
import { forward } from './forward.ts';
import { withoutSas } from './sas-query.ts';
import { signSharedKey } from './shared-key.ts';
import { type Refusal, refuse } from './storage-error.ts';

export interface FrontOptions extends AccessOptions {
  /** Hears of blobs that are committed. */
  watcher?: BlobWatcher | undefined;
  log?: (line: string) => void;
}

/** What a request becomes on its way to Azurite. */
interface Passage {
  account: StorageAccountName;
  path: string;
  headers: Map<string, string>;
}

const KEY_REQUEST_LIMIT_BYTES = 4096;
const DEFAULT_KEY_VERSION = '2018-11-09';

/**
 * Judges one request and passes it on, signed with Azurite's own key: Azurite knows neither the accounts' keys nor the
 * roles. Host and path stay as they are (Azurite takes the account from the host); only a copy, whose source must be on
 * the same host as its target, goes on in Azurite's path form. Delegation keys are made here.
 */
export async function answerStorage(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  options: FrontOptions,
): Promise<void> {
  const account = servedAccountOf(url.hostname, options.accounts);
  const outcome = account
    ? await judge(request, response, { account, url }, options)
    : { refusal: unknownAccount(url.hostname) };
  if (outcome === 'answered') return;
  if ('refusal' in outcome) {
    const { status, code } = outcome.refusal;
    options.log?.(`storage refused ${request.method} ${url.hostname}${url.pathname}: ${status} ${code}`);
    refuse(request, response, outcome.refusal);
    return;
  }
  const { agent, port } = options.upstream;
  const { path, headers } = outcome;
  const beforeAnswer = account && answerWatch(request, account, url, options);
  forward(request, response, { agent, port, path, headers, log: options.log, ...(beforeAnswer && { beforeAnswer }) });
}

/** What is done before a write is answered, so that nobody is told of a blob whose event may still be lost. */
function answerWatch(
  request: IncomingMessage,
  account: StorageAccountName,
  url: URL,
  { watcher, upstream, log }: FrontOptions,
): ((answer: IncomingMessage) => Promise<void>) | undefined {
  const write = watcher && blobWriteOf(request.method, url, request.headers, account);
  if (!write) return undefined;
  return (answer) =>
    tellOfBlob(write, answer, { watcher, upstream }).catch((error: unknown) => {
      log?.(`storage: no event for ${write.account}/${write.container}/${write.blob}: ${String(error)}`);
    });
}

interface Asked {
  account: StorageAccountName;
  url: URL;
}

async function judge(
  request: IncomingMessage,
  response: ServerResponse,
  { account, url }: Asked,
  options: FrontOptions,
): Promise<Passage | { refusal: Refusal } | 'answered'> {
  const { method = 'GET', url: path = '/', headers } = request;
  const comp = url.searchParams.get('comp');
  if (comp === 'batch') return notServed('The requests within a batch would reach Azurite unchecked.');
  const address = addressOf(request);
  const access = await judgeAccess({ account, method, url, path, headers, address }, options);
  if ('refusal' in access) return access;
  if (comp === 'userdelegationkey' && access.principalId !== undefined) {
    return await answerKey(request, response, { account, principalId: access.principalId }, options);
  }
  const passage: Passage = { account, path: withoutSas(path), headers: new Map() };
  return (await redirectCopy(request, passage, options)) ?? signed(request, passage, options);
}

async function answerKey(
  request: IncomingMessage,
  response: ServerResponse,
  { account, principalId }: { account: StorageAccountName; principalId: string },
  { accounts, tokens }: FrontOptions,
): Promise<{ refusal: Refusal } | 'answered'> {
  const times = readKeyTimes(await readBody(request, KEY_REQUEST_LIMIT_BYTES), tokens.nowMs());
  if ('refusal' in times) return times;
  const found = request.headers['x-ms-version'];
  const version = typeof found === 'string' ? found : DEFAULT_KEY_VERSION;
  const { delegationSecret } = accounts.get(account);
  const xml = formatDelegationKey(delegationSecret, {
    objectId: principalId,
    tenantId: tokens.tenantId,
    version,
    ...times,
  });
  response.writeHead(200, {
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(xml),
    'x-ms-version': version,
  });
  response.end(xml);
  return 'answered';
}

async function redirectCopy(
  request: IncomingMessage,
  passage: Passage,
  options: FrontOptions,
): Promise<{ refusal: Refusal } | undefined> {
  const source = request.headers['x-ms-copy-source'];
  if (typeof source !== 'string') return undefined;
  const found = request.headers['x-ms-copy-source-authorization'];
  const authorization = typeof found === 'string' ? found : undefined;
  const resolved = await resolveCopySource(source, authorization, addressOf(request), options);
  if ('refusal' in resolved) return resolved;
  passage.headers.set('host', `127.0.0.1:${options.upstream.port}`).set('x-ms-copy-source', resolved.url);
  passage.path = `/${passage.account}${passage.path}`;
  return undefined;
}

function signed(request: IncomingMessage, passage: Passage, { upstream }: FrontOptions): Passage {
  const { account, path } = passage;
  const headers = new Map([...headerMap(request.headers), ...passage.headers]);
  const message = { method: request.method ?? 'GET', path, headers };
  passage.headers.set('authorization', signSharedKey(account, upstream.keys[account], message));
  return passage;
}

function addressOf(request: IncomingMessage): string {
  return request.socket.remoteAddress ?? '';
}

function notServed(message: string): { refusal: Refusal } {
  return { refusal: { status: 501, code: 'NotImplemented', message } };
}
