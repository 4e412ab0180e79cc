import {
  lockAttributes,
  readAcrManifest,
  readAcrTag,
  readRepository,
  refuseUnbuilt,
  removeAcrTag,
  removeRepository,
} from './acr-attributes.ts';
import { listAcrManifests, listAcrTags } from './acr-endpoints.ts';
import { deleteBlob, readBlob } from './blob-endpoints.ts';
import type { Call, Endpoint } from './call.ts';
import { parseRepository } from './grammar.ts';
import { listCatalog, listReferrers, listTags, readVersion } from './list-endpoints.ts';
import { readManifest, removeManifest, writeManifest } from './manifest-endpoints.ts';
import type { Access } from './scopes.ts';
import { CATALOG_ACCESS, repositoryAccess } from './scopes.ts';
import { exchangeToken, getToken, postToken } from './token-endpoints.ts';
import { appendChunk, cancelUpload, finishUpload, readUpload, startUpload } from './upload-endpoints.ts';

/** One method of a route. */
export interface Operation {
  run: Endpoint;
  /** What a caller must be allowed to do; without it the operation looks at credentials itself. */
  access?: (call: Call) => Access[];
}

/** A form of path: its first group is the repository, its second the reference. */
export interface Route {
  pattern: RegExp;
  operations: Readonly<Record<string, Operation>>;
}

const catalog = reads(listCatalog, () => [CATALOG_ACCESS]);
const pull = on('pull');
const push = on('pull', 'push');
const remove = on('delete');
const readLists = on('metadata_read');
/** What ACR has under its own names, and helm charts, and extensions of the distribution API: nothing of it is here. */
const NOT_BUILT = [
  /^\/acr\/v1\/(?:.*\/)?_(?!(?:tags|manifests|catalog)(?:\/|$))[^/]*(?:\/.*)?$/,
  /^\/helm\/v1\/.+$/,
  /^\/v2\/(?:.+\/)?_oci\/.+$/,
];
const lock: Operation = { run: lockAttributes, access: on('metadata_write') };

/** All that the registry answers; the first pattern that matches is taken. */
export const ROUTES: readonly Route[] = [
  { pattern: /^\/oauth2\/exchange$/, operations: { POST: { run: exchangeToken } } },
  { pattern: /^\/oauth2\/token$/, operations: { GET: { run: getToken }, POST: { run: postToken } } },
  ...NOT_BUILT.map((pattern) => ({ pattern, operations: everyMethod({ run: refuseUnbuilt }) })),
  { pattern: /^\/v2\/?$/, operations: reads(readVersion, () => []) },
  { pattern: /^\/v2\/_catalog$/, operations: catalog },
  { pattern: /^\/acr\/v1\/_catalog$/, operations: catalog },
  { pattern: /^\/acr\/v1\/(.+)\/_tags$/, operations: reads(listAcrTags, readLists) },
  { pattern: /^\/acr\/v1\/(.+)\/_manifests$/, operations: reads(listAcrManifests, readLists) },
  {
    pattern: /^\/acr\/v1\/(.+)\/_tags\/([^/]+)$/,
    operations: { ...reads(readAcrTag, readLists), DELETE: { run: removeAcrTag, access: remove }, PATCH: lock },
  },
  {
    pattern: /^\/acr\/v1\/(.+)\/_manifests\/([^/]+)$/,
    operations: { ...reads(readAcrManifest, readLists), PATCH: lock },
  },
  {
    pattern: /^\/acr\/v1\/(.+)$/,
    operations: { ...reads(readRepository, readLists), DELETE: { run: removeRepository, access: remove }, PATCH: lock },
  },
  { pattern: /^\/v2\/(.+)\/tags\/list$/, operations: reads(listTags, readLists) },
  { pattern: /^\/v2\/(.+)\/referrers\/([^/]+)$/, operations: reads(listReferrers, pull) },
  {
    pattern: /^\/v2\/(.+)\/blobs\/uploads\/?$/,
    operations: { POST: { run: startUpload, access: uploadAccess } },
  },
  {
    pattern: /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/,
    operations: {
      ...reads(readUpload, push),
      PATCH: { run: appendChunk, access: push },
      PUT: { run: finishUpload, access: push },
      DELETE: { run: cancelUpload, access: push },
    },
  },
  {
    pattern: /^\/v2\/(.+)\/blobs\/([^/]+)$/,
    operations: { ...reads(readBlob, pull), DELETE: { run: deleteBlob, access: remove } },
  },
  {
    pattern: /^\/v2\/(.+)\/manifests\/([^/]+)$/,
    operations: {
      ...reads(readManifest, pull),
      PUT: { run: writeManifest, access: push },
      DELETE: { run: removeManifest, access: remove },
    },
  },
];

function everyMethod(operation: Operation): Record<string, Operation> {
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
  return Object.fromEntries(methods.map((method) => [method, operation]));
}

function reads(run: Endpoint, access: (call: Call) => Access[]): Record<string, Operation> {
  return { GET: { run, access }, HEAD: { run, access } };
}

function on(...actions: string[]): (call: Call) => Access[] {
  return (call) => [repositoryAccess(call.repository, ...actions)];
}

/** Who mounts must be allowed to pull from where the blob is. */
function uploadAccess(call: Call): Access[] {
  const from = call.query.get('mount') === null ? null : call.query.get('from');
  return from === null ? push(call) : [...push(call), repositoryAccess(parseRepository(from), 'pull')];
}
