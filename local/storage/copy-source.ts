import { BlobSASPermissions, generateBlobSASQueryParameters, StorageSharedKeyCredential } from '@azure/storage-blob';
import type { StorageAccountName } from '../names.ts';
import type { TokenAuthority } from '../tokens.ts';
import { accountOfHost, checkBearer, checkDelegationSas } from './access.ts';
import type { Refusal } from './storage-error.ts';

export interface CopySourceOptions {
  tokens: TokenAuthority;
  accountKeys: Readonly<Record<StorageAccountName, string>>;
  azuritePort: number;
}

/** The source of a copy in the form that Azurite can read by itself, or why it may not be read. */
export type CopySource = { url: string } | { refusal: Refusal };

const READ_LIFE_MS = 10 * 60_000;

/**
 * Turns an `x-ms-copy-source` of any local cloud into Azurite's own path form. Azurite reads the source by itself, past
 * this front, so the same checks are made here; and it does not know `x-ms-copy-source-authorization`, so a good bearer
 * token there (`authorization`) becomes a read SAS of ten minutes for that one blob.
 */
export function resolveCopySource(
  source: string,
  authorization: string | undefined,
  options: CopySourceOptions,
): CopySource {
  const url = URL.canParse(source) ? new URL(source) : undefined;
  const account = url?.protocol === 'https:' ? accountOfHost(url.hostname) : undefined;
  if (!url || !account) return unverified(404, 'The source is not a blob of the local clouds.');
  const bearer = checkBearer(authorization, account, options.tokens);
  if (authorization !== undefined && bearer.kind !== 'token') {
    return unverified(401, 'The token in x-ms-copy-source-authorization is not valid for the source account.');
  }
  const refusal = checkDelegationSas(url.searchParams);
  if (refusal) return unverified(refusal.status, refusal.message);
  if (bearer.kind === 'token') addReadSas(url, account, options.accountKeys[account]);
  return { url: `https://127.0.0.1:${options.azuritePort}/${account}${url.pathname}${url.search}` };
}

function unverified(status: number, message: string): CopySource {
  return { refusal: { status, code: 'CannotVerifyCopySource', message } };
}

function addReadSas(url: URL, account: StorageAccountName, key: string): void {
  const [, container = '', ...blob] = url.pathname.split('/');
  const values = {
    containerName: decodeURIComponent(container),
    blobName: decodeURIComponent(blob.join('/')),
    permissions: BlobSASPermissions.parse('r'),
    expiresOn: new Date(Date.now() + READ_LIFE_MS),
    ...snapshotOf(url),
  };
  const sas = generateBlobSASQueryParameters(values, new StorageSharedKeyCredential(account, key)).toString();
  url.search = url.search === '' ? `?${sas}` : `${url.search}&${sas}`;
}

function snapshotOf(url: URL): { snapshotTime: string } | undefined {
  const snapshotTime = url.searchParams.get('snapshot');
  return snapshotTime === null ? undefined : { snapshotTime };
}
