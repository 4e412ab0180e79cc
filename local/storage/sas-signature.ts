import type { StorageAccountName } from '../names.ts';
import type { Operation } from './operation.ts';

/** Which key signs a SAS token: the account's, or a user delegation key. */
export type SasKind = 'account' | 'service' | 'delegation';

/** The oldest version of SAS tokens that is read here. */
export const OLDEST_VERSION = '2015-04-05';

/** Which kind of SAS a query is, by its fields; `undefined` when it has no signature. */
export function sasKindOf(query: URLSearchParams): SasKind | undefined {
  if (!query.has('sig')) return undefined;
  if (query.has('skoid')) return 'delegation';
  return query.has('srt') || query.has('ss') ? 'account' : 'service';
}

/**
 * The text that the signature of a SAS token is made of, for the resource of `operation`. The fields depend on the
 * token's version (`sv`), which compares as text:
 * https://learn.microsoft.com/rest/api/storageservices/create-service-sas#specify-the-signature.
 */
export function sasStringToSign(
  kind: SasKind,
  query: URLSearchParams,
  account: StorageAccountName,
  operation: Operation,
): string {
  const field = (name: string) => query.get(name) ?? '';
  const since = (version: string, ...names: string[]) => (field('sv') >= version ? names.map(field) : []);
  const scope = since('2020-12-06', 'ses');
  const network = ['sip', 'spr', 'sv'].map(field);
  const headers = ['rscc', 'rscd', 'rsce', 'rscl', 'rsct'].map(field);
  const span = ['st', 'se'].map(field);
  if (kind === 'account') {
    return [account, ...['sp', 'ss', 'srt'].map(field), ...span, ...network, ...scope, ''].join('\n');
  }
  const begin = [field('sp'), ...span, canonicalName(field('sr'), account, operation)];
  const resource = field('sv') >= '2018-11-09' ? [field('sr'), snapshotOf(query)] : [];
  if (kind === 'service') return [...begin, field('si'), ...network, ...resource, ...scope, ...headers].join('\n');
  const key = ['skoid', 'sktid', 'skt', 'ske', 'sks', 'skv'].map(field);
  const agents = [...since('2020-02-10', 'saoid', 'suoid', 'scid'), ...since('2025-07-05', 'skdutid', 'sduoid')];
  const bound = since('2026-04-06', 'srh', 'srq');
  return [...begin, ...key, ...agents, ...network, ...resource, ...scope, ...bound, ...headers].join('\n');
}

function canonicalName(resource: string, account: StorageAccountName, { container = '', blob }: Operation): string {
  const name = `/blob/${account}/${container}`;
  return resource === 'c' || blob === undefined ? name : `${name}/${blob}`;
}

function snapshotOf(query: URLSearchParams): string {
  if (query.get('sr') === 'bs') return query.get('snapshot') ?? '';
  return query.get('sr') === 'bv' ? (query.get('versionid') ?? '') : '';
}
