import { sendJson } from '../http.ts';
import type { Call } from './call.ts';
import { RegistryError } from './errors.ts';
import { pathOf, requireRepository } from './list-endpoints.ts';
import type { StoredManifest } from './manifests.ts';
import { findManifest, readDocument, tagsByDigest } from './manifests.ts';
import { linkHeader, pageOf } from './paging.ts';
import type { RepositoryLinks } from './repository-links.ts';

const DEFAULT_COUNT = 100;
/** What may be done with what is described; nothing can be locked here. */
export const CHANGEABLE = { deleteEnabled: true, writeEnabled: true, readEnabled: true, listEnabled: true };
const ORDERS = ['', 'none', 'timeasc', 'timedesc'];

interface Timed {
  lastUpdateTime: string;
}

/** `GET /acr/v1/{repository}/_tags`: `n`, `last`, `orderby` (`timeasc`, `timedesc`), `digest`. */
export async function listAcrTags(call: Call): Promise<void> {
  await requireRepository(call);
  const links = call.registry.store.repository(call.repository);
  const wanted = call.query.get('digest');
  const tags = (await Promise.all((await links.listTags()).map((name) => describeTag(links, name)))).flat();
  const items = ordered(call, wanted === null ? tags : tags.filter(({ digest }) => digest === wanted));
  sendPage(call, 'tags', items, ({ name }) => name);
}

/** `GET /acr/v1/{repository}/_manifests`: `n`, `last`, `orderby` (`timeasc`, `timedesc`). */
export async function listAcrManifests(call: Call): Promise<void> {
  await requireRepository(call);
  const links = call.registry.store.repository(call.repository);
  const tags = await tagsByDigest(links);
  const manifests = await Promise.all(
    (await links.listManifests()).map(async (digest) => {
      const manifest = await findManifest(links, digest);
      return manifest ? [await describeManifest(call, manifest, tags.get(digest) ?? [])] : [];
    }),
  );
  sendPage(call, 'manifests', ordered(call, manifests.flat()), ({ digest }) => digest);
}

/** A tag as ACR's lists have it, in a list that is empty where the tag is not there. */
export async function describeTag(links: RepositoryLinks, name: string) {
  const link = await links.readTag(name);
  return link ? [{ name, ...link, signed: false, changeableAttributes: CHANGEABLE }] : [];
}

/** A manifest as ACR's lists have it. */
export async function describeManifest(call: Call, manifest: StoredManifest, tags: string[]) {
  const document = await readDocument(call.registry.store, manifest);
  return {
    digest: manifest.digest,
    imageSize: document?.imageSizeBytes ?? 0,
    createdTime: manifest.createdTime,
    lastUpdateTime: manifest.createdTime,
    mediaType: manifest.mediaType,
    configMediaType: document?.configMediaType,
    tags,
    changeableAttributes: CHANGEABLE,
  };
}

function ordered<T extends Timed>(call: Call, items: T[]): T[] {
  const order = call.query.get('orderby') ?? '';
  if (!ORDERS.includes(order)) {
    throw new RegistryError('UNSUPPORTED', `orderby ${JSON.stringify(order)}: allowed are timeasc and timedesc`, {
      status: 400,
    });
  }
  if (!order.startsWith('time')) return items;
  const ascending = items.toSorted((a, b) => a.lastUpdateTime.localeCompare(b.lastUpdateTime));
  return order === 'timedesc' ? ascending.reverse() : ascending;
}

function sendPage<T>(call: Call, kind: string, items: T[], nameOf: (item: T) => string): void {
  const page = pageOf({ items, nameOf, path: pathOf(call), query: call.query, defaultCount: DEFAULT_COUNT });
  const { loginServer: registry } = call.registry;
  sendJson(call.response, 200, { registry, imageName: call.repository, [kind]: page.items }, linkHeader(page));
}
