import { endAfterBody, sendJson } from '../http.ts';
import { CHANGEABLE, describeManifest, describeTag } from './acr-endpoints.ts';
import type { Call } from './call.ts';
import { RegistryError } from './errors.ts';
import { parseDigest, parseReference } from './grammar.ts';
import { requireRepository } from './list-endpoints.ts';
import { deleteManifest, deleteRepository, requireManifest, tagsByDigest } from './manifests.ts';

/** `GET /acr/v1/{repository}`: counts and times of a repository. */
export async function readRepository(call: Call): Promise<void> {
  await requireRepository(call);
  const links = call.registry.store.repository(call.repository);
  const digests = await links.listManifests();
  const tags = (await Promise.all((await links.listTags()).map((name) => describeTag(links, name)))).flat();
  const made = (await Promise.all(digests.map((digest) => links.readManifest(digest)))).flatMap(
    (manifest) => manifest?.createdTime ?? [],
  );
  const times = [...made, ...tags.map(({ lastUpdateTime }) => lastUpdateTime)].toSorted();
  sendJson(call.response, 200, {
    ...nameOf(call),
    createdTime: made.toSorted()[0],
    lastUpdateTime: times.at(-1),
    manifestCount: digests.length,
    tagCount: tags.length,
    changeableAttributes: CHANGEABLE,
  });
}

/** `DELETE /acr/v1/{repository}`: all of its manifests, tags and blobs. */
export async function removeRepository(call: Call): Promise<void> {
  await requireRepository(call);
  sendJson(call.response, 202, await deleteRepository(call.registry.store, call.repository));
}

/** `GET /acr/v1/{repository}/_tags/{tag}`. */
export async function readAcrTag(call: Call): Promise<void> {
  const [tag] = await describeTag(call.registry.store.repository(call.repository), requireTag(call));
  if (!tag) throw tagUnknown(call);
  sendJson(call.response, 200, { ...nameOf(call), tag });
}

/** `DELETE /acr/v1/{repository}/_tags/{tag}`: the tag goes alone, as `az acr repository untag` asks. */
export async function removeAcrTag(call: Call): Promise<void> {
  await deleteManifest(call.registry.store, call.repository, requireTag(call));
  call.response.writeHead(202, { 'content-length': 0 });
  endAfterBody(call.request, call.response);
}

/** `GET /acr/v1/{repository}/_manifests/{digest}`. */
export async function readAcrManifest(call: Call): Promise<void> {
  const { store } = call.registry;
  const manifest = await requireManifest(store, call.repository, parseDigest(call.reference));
  const tags = (await tagsByDigest(store.repository(call.repository))).get(manifest.digest) ?? [];
  sendJson(call.response, 200, { ...nameOf(call), manifest: await describeManifest(call, manifest, tags) });
}

/** `PATCH` on a repository, tag or manifest: nothing can be locked in the local registries. */
export async function lockAttributes({ request }: Call): Promise<void> {
  throw notBuilt(`PATCH ${pathOf(request)}: attributes cannot be changed in the local registry`);
}

/** Anything that ACR has and the local registry has not, under its own name. */
export async function refuseUnbuilt({ request }: Call): Promise<void> {
  throw notBuilt(`${request.method} ${pathOf(request)} is not built in the local registry`);
}

function notBuilt(message: string): RegistryError {
  return new RegistryError('UNSUPPORTED', message, { status: 501 });
}

function pathOf({ url = '' }: Call['request']): string {
  return url.replace(/\?.*$/, '');
}

function nameOf(call: Call) {
  return { registry: call.registry.loginServer, imageName: call.repository };
}

function requireTag(call: Call): string {
  const tag = parseReference(call.reference);
  if (tag.includes(':')) throw new RegistryError('TAG_INVALID', `tag ${JSON.stringify(tag)}: a digest is no tag`);
  return tag;
}

function tagUnknown(call: Call): RegistryError {
  const { repository: name, reference } = call;
  return new RegistryError('MANIFEST_UNKNOWN', `repository ${name} has no tag ${reference}`, {
    detail: { name, revision: reference },
  });
}
