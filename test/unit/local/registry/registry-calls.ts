import fc from 'fast-check';
import { type Answer, digestOf, imageManifest, type RegistryFixture } from './registry-fixture.ts';
import { BLOBS, isComplete, MANIFESTS, type Model, REPOSITORIES, TAGS } from './registry-model.ts';

/** Where a sequence of calls happens: repository names of its own in a registry that many sequences share. */
export interface World {
  registry: RegistryFixture;
  /** The name of a repository of the model. */
  nameOf(repository: string): string;
  model: Model;
}

/** One call; changes the model where it must succeed, and says which statuses are right. */
export type ModelCall = (world: World) => Promise<{ answer: Answer; right: number }>;

const repositories = fc.constantFrom(...REPOSITORIES);
const blobs = fc.constantFrom(...BLOBS);
const manifests = fc.constantFrom(...MANIFESTS);
const tags = fc.constantFrom(...TAGS);

const WRONG_DIGEST = digestOf('nobody has this');

/** The path of a blob's upload that was opened, with the query that goes on. */
async function open({ registry }: World, name: string): Promise<string> {
  return String((await registry.call('POST', `/v2/${name}/blobs/uploads/`)).headers.location);
}

const pushWhole = fc.tuple(repositories, blobs, fc.boolean()).map(
  ([repository, blob, isRight]): ModelCall =>
    async (world) => {
      const digest = isRight ? digestOf(blob) : WRONG_DIGEST;
      const path = `/v2/${world.nameOf(repository)}/blobs/uploads/?digest=${digest}`;
      const answer = await world.registry.call('POST', path, { body: blob });
      if (isRight) world.model[repository].blobs.add(digest);
      return { answer, right: isRight ? 201 : 400 };
    },
);

const pushChunks = fc
  .tuple(repositories, blobs, fc.nat(10), fc.constantFrom('right', 'gap', 'cut', 'cancel', 'wrong', 'elsewhere'))
  .map(
    ([repository, blob, cut, manner]): ModelCall =>
      async (world) => {
        const bytes = Buffer.from(blob);
        const at = Math.min(cut, bytes.length - 1) || 1;
        const location = await open(world, world.nameOf(repository));
        const send = (method: string, path: string, body: Buffer, range?: string) =>
          world.registry.call(method, path, { body, headers: range === undefined ? {} : { 'content-range': range } });
        await send('PATCH', location, bytes.subarray(0, at), `0-${at - 1}`);
        if (manner === 'gap') {
          const body = bytes.subarray(0, 1);
          return { answer: await send('PATCH', location, body, `${at + 1}-${at + 1}`), right: 416 };
        }
        if (manner === 'cancel') await world.registry.call('DELETE', location);
        const digest = manner === 'wrong' ? WRONG_DIGEST : digestOf(blob);
        const path =
          manner === 'elsewhere' ? location.replace(world.nameOf(repository), world.nameOf('none')) : location;
        const rest = manner === 'cut' ? bytes.subarray(at + 1) : bytes.subarray(at);
        const answer = await send('PUT', `${path}&digest=${digest}`, rest);
        const isWhole = manner === 'right' || (manner === 'cut' && rest.length === bytes.length - at);
        if (isWhole) world.model[repository].blobs.add(digest);
        return { answer, right: isWhole ? 201 : manner === 'cancel' || manner === 'elsewhere' ? 404 : 400 };
      },
  );

const mount = fc.tuple(repositories, repositories, blobs).map(
  ([repository, from, blob]): ModelCall =>
    async (world) => {
      const digest = digestOf(blob);
      const query = `mount=${digest}&from=${world.nameOf(from)}`;
      const answer = await world.registry.call('POST', `/v2/${world.nameOf(repository)}/blobs/uploads/?${query}`);
      const isThere = world.model[from].blobs.has(digest);
      if (isThere) world.model[repository].blobs.add(digest);
      return { answer, right: isThere ? 201 : 202 };
    },
);

const deleteBlob = fc.tuple(repositories, blobs).map(
  ([repository, blob]): ModelCall =>
    async (world) => {
      const path = `/v2/${world.nameOf(repository)}/blobs/${digestOf(blob)}`;
      const answer = await world.registry.call('DELETE', path);
      return { answer, right: world.model[repository].blobs.delete(digestOf(blob)) ? 202 : 404 };
    },
);

const putManifest = fc
  .tuple(
    repositories,
    manifests,
    fc.option(tags),
    fc.constantFrom('right', 'right', 'right', 'digest', 'type', 'bytes'),
  )
  .map(
    ([repository, manifest, tag, manner]): ModelCall =>
      async (world) => {
        const shown = world.model[repository];
        const reference = manner === 'digest' ? WRONG_DIGEST : (tag ?? manifest.digest);
        const headers = { 'content-type': manner === 'type' ? 'text/plain' : manifest.mediaType };
        const body = manner === 'bytes' ? manifest.text.slice(0, -1) : manifest.text;
        const path = `/v2/${world.nameOf(repository)}/manifests/${reference}`;
        const answer = await world.registry.call('PUT', path, { body, headers });
        if (manner !== 'right' || !isComplete(shown, manifest)) return { answer, right: 400 };
        shown.manifests.add(manifest.digest);
        if (tag !== null) shown.tags.set(tag, manifest.digest);
        return { answer, right: 201 };
      },
  );

const deleteTag = fc.tuple(repositories, tags).map(
  ([repository, tag]): ModelCall =>
    async (world) => {
      const answer = await world.registry.call('DELETE', `/v2/${world.nameOf(repository)}/manifests/${tag}`);
      return { answer, right: world.model[repository].tags.delete(tag) ? 202 : 404 };
    },
);

const deleteManifest = fc.tuple(repositories, manifests).map(
  ([repository, { digest }]): ModelCall =>
    async (world) => {
      const answer = await world.registry.call('DELETE', `/v2/${world.nameOf(repository)}/manifests/${digest}`);
      const shown = world.model[repository];
      for (const [tag, tagged] of shown.tags) if (tagged === digest) shown.tags.delete(tag);
      return { answer, right: shown.manifests.delete(digest) ? 202 : 404 };
    },
);

const putOver = fc.tuple(repositories, tags).map(
  ([repository, tag]): ModelCall =>
    async (world) => {
      const body = imageManifest([], { annotations: { filler: 'x'.repeat(4 * 1024 * 1024) } });
      const headers = { 'content-type': 'application/vnd.oci.image.manifest.v1+json' };
      const path = `/v2/${world.nameOf(repository)}/manifests/${tag}`;
      return { answer: await world.registry.call('PUT', path, { body, headers }), right: 413 };
    },
);

/** Calls, valid and invalid; those that fill the registry come more often. */
export const modelCalls: fc.Arbitrary<ModelCall> = fc.oneof(
  { weight: 6, arbitrary: pushWhole },
  { weight: 3, arbitrary: pushChunks },
  { weight: 2, arbitrary: mount },
  { weight: 8, arbitrary: putManifest },
  { weight: 2, arbitrary: deleteBlob },
  { weight: 2, arbitrary: deleteTag },
  { weight: 2, arbitrary: deleteManifest },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 19 }).chain((n) => (n === 0 ? putOver : deleteTag)) },
);
