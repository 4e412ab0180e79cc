import type { Action } from '../access/roles.ts';

/** What a request does, and what allows it: letters of SAS tokens (any one of them), and an action of roles. */
export interface Operation {
  /** What it is done to, as an account SAS names it in `srt`: `s` service, `c` container, `o` blob. */
  level: 's' | 'c' | 'o';
  /** Decoded; absent at the service. */
  container?: string;
  /** Decoded; absent at service and container. */
  blob?: string;
  /** Empty where no SAS of a container or blob allows it. */
  serviceSas: string;
  /** Empty where no account SAS allows it. */
  accountSas: string;
  /** Whether the letter `c` allows it too, as long as the blob does not exist. */
  mayCreate: boolean;
  action: Action;
}

interface Needs {
  serviceSas?: string;
  accountSas?: string;
  mayCreate?: boolean;
  action: Action;
}

const SERVICE = 'Microsoft.Storage/storageAccounts/blobServices';
const CONTAINERS = `${SERVICE}/containers`;
const control = (end: string): Action => ({ control: `${SERVICE}/${end}` });
const onContainer = (end: string): Action => ({ control: `${CONTAINERS}/${end}` });
const onBlob = (end: string): Action => ({ data: `${CONTAINERS}/blobs/${end}` });
const both = (letters: string, action: Action): Needs => ({ serviceSas: letters, accountSas: letters, action });

const GET_INFO: Needs = both('racwdl', control('getInfo/action'));
const FIND_BLOBS: Needs = both('f', onBlob('filter/action'));

/** By method (HEAD as GET) and `comp`; `restype=account` is told apart before. */
const ON_SERVICE: Readonly<Record<string, Needs>> = {
  'GET list': { accountSas: 'l', action: onContainer('read') },
  'GET properties': { accountSas: 'r', action: control('read') },
  'GET stats': { accountSas: 'r', action: control('read') },
  'PUT properties': { accountSas: 'w', action: control('write') },
  'POST userdelegationkey': { action: control('generateUserDelegationKey/action') },
  'GET blobs': FIND_BLOBS,
};

const ON_CONTAINER: Readonly<Record<string, Needs>> = {
  'GET ': { accountSas: 'r', action: onContainer('read') },
  'GET metadata': { accountSas: 'r', action: onContainer('read') },
  'GET list': both('l', onBlob('read')),
  'GET blobs': FIND_BLOBS,
  'GET acl': { action: onContainer('getAcl/action') },
  'PUT acl': { action: onContainer('setAcl/action') },
  'PUT ': { accountSas: 'cw', action: onContainer('write') },
  'PUT metadata': { accountSas: 'w', action: onContainer('write') },
  'PUT lease': { accountSas: 'w', action: onContainer('write') },
  'DELETE ': { accountSas: 'd', action: onContainer('delete') },
};

const ON_BLOB: Readonly<Record<string, Needs>> = {
  'GET tags': both('t', onBlob('tags/read')),
  'PUT tags': both('t', onBlob('tags/write')),
  'PUT ': { ...both('w', onBlob('write')), mayCreate: true },
  'PUT appendblock': both('aw', onBlob('write')),
  'PUT snapshot': both('cw', onBlob('write')),
  'POST query': both('r', onBlob('read')),
  'DELETE ': both('d', onBlob('delete')),
};

const READ_BLOB = both('r', onBlob('read'));
const WRITE_BLOB = both('w', onBlob('write'));
const UNKNOWN: Needs = { action: { control: `${SERVICE}/unknown/action` } };

/**
 * What a request to an account does, by its method, path and query, as the service's tables of permissions have it:
 * https://learn.microsoft.com/rest/api/storageservices/create-service-sas#permissions-for-a-directory-container-or-blob.
 * A request that no table knows is allowed to nobody but holders of the account key.
 */
export function operationOf(method: string | undefined, url: URL): Operation {
  const [, first = '', ...rest] = url.pathname.split('/');
  const verb = method === 'HEAD' ? 'GET' : (method ?? '');
  const key = `${verb} ${url.searchParams.get('comp')?.toLowerCase() ?? ''}`;
  const isInfo = url.searchParams.get('restype') === 'account';
  if (first === '') return operation('s', isInfo ? GET_INFO : (ON_SERVICE[key] ?? UNKNOWN));
  const path = { container: decode(first), blob: decode(rest.join('/')) };
  if (path.blob === '' && url.searchParams.get('restype') !== null) {
    return { ...operation('c', isInfo ? GET_INFO : (ON_CONTAINER[key] ?? UNKNOWN)), container: path.container };
  }
  const blobPath = path.blob === '' ? { container: '$root', blob: path.container } : path;
  const needs = isInfo ? GET_INFO : (ON_BLOB[key] ?? (verb === 'GET' ? READ_BLOB : WRITE_BLOB));
  return { ...operation('o', needs), ...blobPath };
}

function operation(level: Operation['level'], needs: Needs): Operation {
  const { serviceSas = '', accountSas = '', mayCreate = false, action } = needs;
  return { level, serviceSas, accountSas, mayCreate, action };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
