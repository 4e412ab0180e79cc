import type { IncomingMessage } from 'node:http';
import { type Agent, request as httpsRequest } from 'node:https';
import { readBody } from '../http.ts';
import type { StorageAccountName } from '../names.ts';
import { signSharedKey } from './shared-key.ts';
import { findPolicy, type StoredPolicy } from './stored-policy.ts';

/** Azurite, as the front reaches it. */
export interface Upstream {
  port: number;
  /** Keeps the connections. */
  agent: Agent;
  /** Azurite's own account keys, which nobody but the front knows; base64. */
  keys: Readonly<Record<StorageAccountName, string>>;
}

const API_VERSION = '2021-12-02';
const ACL_LIMIT_BYTES = 64 * 1024;

/** A stored access policy of a container, if it has one of that name. */
export async function readPolicy(
  upstream: Upstream,
  account: StorageAccountName,
  container: string,
  name: string,
): Promise<StoredPolicy | undefined> {
  const path = `/${encodeURIComponent(container)}?restype=container&comp=acl`;
  const answer = await ask(upstream, account, 'GET', path);
  const text = (await readBody(answer, ACL_LIMIT_BYTES)).toString();
  return answer.statusCode === 200 ? findPolicy(text, name) : undefined;
}

/** Whether a blob (decoded names) is there, uncommitted ones left out. */
export async function blobExists(
  upstream: Upstream,
  account: StorageAccountName,
  container: string,
  blob: string,
): Promise<boolean> {
  return (await head(upstream, account, container, blob)).statusCode === 200;
}

/** What kind of blob (decoded names) is there, and how long it is; of one that is gone, an empty block blob's. */
export async function readBlobFacts(
  upstream: Upstream,
  account: StorageAccountName,
  container: string,
  blob: string,
): Promise<{ blobType: string; contentType: string; contentLength: number }> {
  const { headers } = await head(upstream, account, container, blob);
  return {
    blobType: String(headers['x-ms-blob-type'] ?? 'BlockBlob'),
    contentType: headers['content-type'] ?? 'application/octet-stream',
    contentLength: Number(headers['content-length'] ?? 0),
  };
}

async function head(
  upstream: Upstream,
  account: StorageAccountName,
  container: string,
  blob: string,
): Promise<IncomingMessage> {
  const path = `/${[container, ...blob.split('/')].map(encodeURIComponent).join('/')}`;
  const answer = await ask(upstream, account, 'HEAD', path);
  answer.resume();
  return answer;
}

function ask(
  { port, agent, keys }: Upstream,
  account: StorageAccountName,
  method: string,
  accountPath: string,
): Promise<IncomingMessage> {
  const path = `/${account}${accountPath}`;
  const headers = new Map([
    ['x-ms-date', new Date().toUTCString()],
    ['x-ms-version', API_VERSION],
  ]);
  const authorization = signSharedKey(account, keys[account], { method, path, headers });
  return new Promise((resolve, reject) => {
    const sent = { ...Object.fromEntries(headers), authorization, host: `127.0.0.1:${port}` };
    httpsRequest({ agent, host: '127.0.0.1', port, method, path, headers: sent })
      .once('response', resolve)
      .once('error', reject)
      .end();
  });
}
