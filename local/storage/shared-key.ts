import type { StorageAccountName } from '../names.ts';
import { signText } from './accounts.ts';

/** A request as its shared key signature covers it. */
export interface SignedRequest {
  method: string;
  /** Raw path and query, as sent. */
  path: string;
  /** By lower-case name. */
  headers: ReadonlyMap<string, string>;
}

const SIGNED_HEADERS = [
  'content-encoding',
  'content-language',
  'content-length',
  'content-md5',
  'content-type',
  'date',
  'if-modified-since',
  'if-match',
  'if-none-match',
  'if-unmodified-since',
  'range',
];

/**
 * The text that a shared key signature is made of:
 * https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key#constructing-the-signature-string.
 */
export function sharedKeyStringToSign(account: StorageAccountName, { method, path, headers }: SignedRequest): string {
  const headerOf = (name: string) => {
    const value = headers.get(name) ?? '';
    return name === 'content-length' && value === '0' ? '' : value;
  };
  const own = [...headers].filter(([name]) => name.startsWith('x-ms-')).sort(([a], [b]) => a.localeCompare(b));
  const lines = own.map(([name, value]) => `${name}:${value.trimStart()}`);
  return [method, ...SIGNED_HEADERS.map(headerOf), ...lines, canonicalResource(account, path)].join('\n');
}

/** The `Authorization` header of a request, signed with a key (base64). */
export function signSharedKey(account: StorageAccountName, key: string, request: SignedRequest): string {
  return `SharedKey ${account}:${signText(key, sharedKeyStringToSign(account, request))}`;
}

function canonicalResource(account: StorageAccountName, path: string): string {
  const [pathname = '', query = ''] = split(path, '?');
  const fields = new Map(
    query
      .split('&')
      .filter((field) => field !== '')
      .map((field) => split(field, '='))
      .map(([name = '', value = '']) => [name.toLowerCase(), decode(value)] as const),
  );
  const lines = [...fields].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `\n${name}:${value}`);
  return `/${account}${pathname}${lines.join('')}`;
}

function split(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator);
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', '%20'));
  } catch {
    return text;
  }
}
