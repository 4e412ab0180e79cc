import { sendJson } from '../http.ts';
import type { Call } from './call.ts';
import { RegistryError } from './errors.ts';
import { parseDigest } from './grammar.ts';
import { OCI_INDEX } from './manifest-document.ts';
import { findManifest, readDocument } from './manifests.ts';
import { linkHeader, pageOf } from './paging.ts';

const DEFAULT_CATALOG_COUNT = 100;

/** `GET /v2/`: whether the caller's credentials are good. */
export async function readVersion(call: Call): Promise<void> {
  sendJson(call.response, 200, {});
}

/** `GET /v2/_catalog` and `GET /acr/v1/_catalog`: the repositories; 100 where the caller gives no `n`. */
export async function listCatalog(call: Call): Promise<void> {
  const page = pageOf({
    items: await call.registry.store.listRepositories(),
    nameOf: (name) => name,
    path: pathOf(call),
    query: call.query,
    defaultCount: DEFAULT_CATALOG_COUNT,
  });
  sendJson(call.response, 200, { repositories: page.items }, linkHeader(page));
}

/** `GET /v2/{repository}/tags/list`: all tags, or pages of `n`. */
export async function listTags(call: Call): Promise<void> {
  await requireRepository(call);
  const items = await call.registry.store.repository(call.repository).listTags();
  const page = pageOf({ items, nameOf: (tag) => tag, path: pathOf(call), query: call.query });
  sendJson(call.response, 200, { name: call.repository, tags: page.items }, linkHeader(page));
}

/** `GET /v2/{repository}/referrers/{digest}`: an index of the manifests that name it as subject; never 404. */
export async function listReferrers(call: Call): Promise<void> {
  const subject = parseDigest(call.reference);
  const artifactType = call.query.get('artifactType');
  const referrers = await call.registry.store.repository(call.repository).listReferrers(subject);
  const descriptors = await Promise.all(referrers.map((digest) => describeReferrer(call, digest)));
  const manifests = descriptors
    .filter((descriptor) => descriptor !== undefined)
    .filter((descriptor) => artifactType === null || descriptor.artifactType === artifactType);
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests };
  sendJson(call.response, 200, index, {
    'content-type': OCI_INDEX,
    ...(artifactType === null ? {} : { 'oci-filters-applied': 'artifactType' }),
  });
}

/** Throws `NAME_UNKNOWN` when the repository of the call does not exist. */
export async function requireRepository(call: Call): Promise<void> {
  if (await call.registry.store.repository(call.repository).exists()) return;
  throw new RegistryError('NAME_UNKNOWN', `the registry has no repository ${call.repository}`, {
    detail: { name: call.repository },
  });
}

/** The path that was asked, as the client wrote it. */
export function pathOf(call: Call): string {
  return (call.request.url ?? '').split('?')[0] ?? '';
}

async function describeReferrer(call: Call, digest: string) {
  const { store } = call.registry;
  const manifest = await findManifest(store.repository(call.repository), digest);
  const document = manifest && (await readDocument(store, manifest));
  if (!manifest || !document) return undefined;
  const { artifactType, annotations } = document;
  return { mediaType: manifest.mediaType, digest, size: manifest.sizeBytes, artifactType, annotations };
}
