import { BlobSASPermissions, generateBlobSASQueryParameters, StorageSharedKeyCredential } from '@azure/storage-blob';
import type { StorageAccountName } from '../names.ts';
import { type AccessOptions, checkBearer, judgeAccess, servedAccountOf } from './access.ts';
import type { Refusal } from './storage-error.ts';

/** The source of a copy in the form that Azurite can read by itself, or why it may not be read. */
export type CopySource = { url: string } | { refusal: Refusal };

const READ_LIFE_MS = 10 * 60_000;

/**
 * Turns an `x-ms-copy-source` of any local cloud into Azurite's own path form. Azurite reads the source by itself, past
 * this front, so the same checks are made here, for a read by SAS or by the bearer token in
 * `x-ms-copy-source-authorization`; what is allowed goes on with a SAS of Azurite's own for that one blob, for ten
 * minutes.
 */
export async function resolveCopySource(
  source: string,
  authorization: string | undefined,
  address: string,
  options: AccessOptions,
): Promise<CopySource> {
  const url = URL.canParse(source) ? new URL(source) : undefined;
  const account = url?.protocol === 'https:' ? servedAccountOf(url.hostname, options.accounts) : undefined;
  if (!url || !account) return unverified(404, 'The source is not a blob of the local clouds.');
  if (authorization !== undefined && 'refusal' in checkBearer(authorization, account, options.tokens)) {
    return unverified(401, 'The token in x-ms-copy-source-authorization is not valid for the source account.');
  }
  const path = `${url.pathname}${url.search}`;
  const read = { account, method: 'GET', url, path, headers: { authorization }, address };
  const access = await judgeAccess(read, options);
  if ('refusal' in access) return unverified(access.refusal.status, describe(access.refusal));
  const query = readSas(url, account, options.upstream.keys[account]);
  return { url: `https://127.0.0.1:${options.upstream.port}/${account}${url.pathname}?${query}` };
}

/** The source's own code is in the message: the copy's is always the same. */
function describe({ code, message, detail }: Refusal): string {
  return detail === undefined ? `${code}: ${message}` : `${code}: ${message} ${detail}`;
}

function unverified(status: number, message: string): CopySource {
  return { refusal: { status, code: 'CannotVerifyCopySource', message } };
}

function readSas(url: URL, account: StorageAccountName, key: string): string {
  const [, container = '', ...blob] = url.pathname.split('/');
  const snapshotTime = url.searchParams.get('snapshot');
  const values = {
    containerName: decodeURIComponent(container),
    blobName: decodeURIComponent(blob.join('/')),
    permissions: BlobSASPermissions.parse('r'),
    expiresOn: new Date(Date.now() + READ_LIFE_MS),
    ...(snapshotTime === null ? {} : { snapshotTime }),
  };
  const sas = generateBlobSASQueryParameters(values, new StorageSharedKeyCredential(account, key)).toString();
  return snapshotTime === null ? sas : `snapshot=${encodeURIComponent(snapshotTime)}&${sas}`;
}
