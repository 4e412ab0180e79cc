import { endAfterBody, readBody } from '../http.ts';
import type { Call } from './call.ts';
import { etagOf, matchesEtag } from './entity-tag.ts';
import { RegistryError } from './errors.ts';
import { isDigest, parseReference } from './grammar.ts';
import { mediaTypeOf } from './manifest-document.ts';
import type { StoredManifest } from './manifests.ts';
import { deleteManifest, putManifest, requireManifest } from './manifests.ts';

const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/** `GET` and `HEAD /v2/{repository}/manifests/{tag or digest}`: the bytes as pushed, or 304. */
export async function readManifest(call: Call): Promise<void> {
  const { request, response } = call;
  const { store } = call.registry;
  const manifest = await requireManifest(store, call.repository, parseReference(call.reference));
  requireAccepted(call, manifest);
  response.setHeader('docker-content-digest', manifest.digest);
  response.setHeader('etag', etagOf(manifest.digest));
  if (matchesEtag(request.headers['if-none-match'], manifest.digest)) {
    response.writeHead(304);
    endAfterBody(request, response);
    return;
  }
  const bytes = request.method === 'HEAD' ? undefined : await store.content.read(manifest.digest);
  response.writeHead(200, { 'content-type': manifest.mediaType, 'content-length': manifest.sizeBytes });
  response.end(bytes);
}

/** `PUT /v2/{repository}/manifests/{tag or digest}`, at most 4 MiB. */
export async function writeManifest(call: Call): Promise<void> {
  const { repository, request, response } = call;
  const reference = parseReference(call.reference);
  const bytes = await readBody(request, MAX_MANIFEST_BYTES);
  const mediaType = mediaTypeOf(request.headers['content-type']);
  const { digest, subject } = await putManifest(call.registry.store, { repository, reference, mediaType, bytes });
  call.registry.onPush?.({
    repository,
    tag: isDigest(reference) ? undefined : reference,
    digest,
    mediaType,
    sizeBytes: bytes.length,
    userAgent: request.headers['user-agent'],
  });
  response.writeHead(201, {
    location: `/v2/${repository}/manifests/${digest}`,
    'docker-content-digest': digest,
    'content-length': 0,
    ...(subject === undefined ? {} : { 'oci-subject': subject }),
  });
  endAfterBody(request, response);
}

/** `DELETE /v2/{repository}/manifests/{tag or digest}`: a tag goes alone, a manifest with all its tags. */
export async function removeManifest(call: Call): Promise<void> {
  await deleteManifest(call.registry.store, call.repository, parseReference(call.reference));
  call.response.writeHead(202, { 'content-length': 0 });
  endAfterBody(call.request, call.response);
}

/** A client that names types, but neither this one nor a wildcard, gets 404 and not what it cannot read. */
function requireAccepted(call: Call, manifest: StoredManifest): void {
  const header = call.request.headers.accept;
  if (header === undefined) return;
  const accepted = header.split(',').map(mediaTypeOf);
  if ([manifest.mediaType, 'application/*', '*/*'].some((type) => accepted.includes(type))) return;
  throw new RegistryError(
    'MANIFEST_UNKNOWN',
    `${call.reference} is of type ${manifest.mediaType}, which the Accept header does not name: ${header}`,
  );
}
