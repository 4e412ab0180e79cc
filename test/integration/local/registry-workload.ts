import { request } from 'undici';
import type { RegistryStore } from '../../../local/registry/store.ts';
import { seededBytes } from '../../support/images.ts';
import { BASIC, digestOf, imageManifest, OCI_MANIFEST } from '../../unit/local/registry/registry-fixture.ts';

const LAYER = 'application/vnd.oci.image.layer.v1.tar';
const LAYER_BYTES = 200_000;
const CONFIG_DIGEST = digestOf('{}');

/** What a repository shows: blobs and manifests by digest, and where each tag points. */
export interface RepositoryState {
  blobs: Set<string>;
  manifests: Set<string>;
  tags: Map<string, string>;
}

/** A call, and what it changes when it is carried out. */
interface Step {
  run(): Promise<void>;
  effect(state: RepositoryState): void;
}

/**
 * One client that pushes images in chunks, tags them, moves a tag, and deletes tags, manifests and blobs again, one call
 * after the other. `done` is the state by all calls that were answered, `after` the one when the last call was carried
 * out too: the registry may show either, or what lies between.
 */
export class Workload {
  readonly repository: string;
  done: RepositoryState;
  after: RepositoryState;
  readonly #onAnswer: () => void;
  #count: number;

  /** `first` numbers the first image; `done` is what the repository shows at the start. */
  constructor(repository: string, first: number, done: RepositoryState, onAnswer: () => void) {
    this.repository = repository;
    this.#count = first;
    this.done = done;
    this.after = done;
    this.#onAnswer = onAnswer;
  }

  /** Works until the connection breaks; throws what a living registry answers wrongly. */
  async runUntilBroken(origin: string, isKilled: () => boolean): Promise<void> {
    try {
      for (;;) {
        for (const step of this.#stepsOfImage(origin, this.#count)) {
          this.after = copyOf(this.done);
          step.effect(this.after);
          await step.run();
          this.done = this.after;
          this.#onAnswer();
        }
        this.#count += 1;
      }
    } catch (error) {
      if (!isKilled()) throw error;
    }
  }

  *#stepsOfImage(origin: string, n: number): Generator<Step> {
    const [layer, old] = [layerOf(this.repository, n), layerOf(this.repository, n - 2)];
    const [manifest, before] = [manifestOf(layer), manifestOf(old)];
    const path = `${origin}/v2/${this.repository}`;
    const remove = (what: string) => () => send('DELETE', `${path}/${what}`, 202);
    const put = (tag: string): Step => ({
      run: () => send('PUT', `${path}/manifests/${tag}`, 201, manifest, OCI_MANIFEST),
      effect: ({ manifests, tags }) => {
        manifests.add(digestOf(manifest));
        tags.set(tag, digestOf(manifest));
      },
    });
    yield { run: () => upload(origin, path, Buffer.from('{}')), effect: ({ blobs }) => blobs.add(CONFIG_DIGEST) };
    yield { run: () => upload(origin, path, layer), effect: ({ blobs }) => blobs.add(digestOf(layer)) };
    yield put(`v${n}`);
    yield put('latest');
    if (this.done.tags.has(`v${n - 1}`)) {
      yield { run: remove(`manifests/v${n - 1}`), effect: ({ tags }) => tags.delete(`v${n - 1}`) };
    }
    if (this.done.manifests.has(digestOf(before))) {
      const digest = digestOf(before);
      yield { run: remove(`manifests/${digest}`), effect: ({ manifests }) => manifests.delete(digest) };
      yield { run: remove(`blobs/${digestOf(old)}`), effect: ({ blobs }) => blobs.delete(digestOf(old)) };
    }
  }
}

/** What a repository shows on disk; checks that all of it is whole: digests, and manifests behind tags. */
export async function readState(store: RegistryStore, name: string): Promise<RepositoryState> {
  const links = store.repository(name);
  const [blobs, manifests] = [await links.listBlobs(), await links.listManifests()];
  for (const digest of [...blobs, ...manifests]) {
    expect(digestOf((await store.content.read(digest)) ?? 'missing')).toBe(digest);
  }
  const tags = new Map<string, string>();
  for (const tag of await links.listTags()) tags.set(tag, (await links.readTag(tag))?.digest ?? 'unreadable');
  for (const digest of tags.values()) expect(manifests).toContain(digest);
  return { blobs: new Set(blobs), manifests: new Set(manifests), tags };
}

/** Throws unless a state lies between two others, which differ by one call. */
export function requireBetween(found: RepositoryState, before: RepositoryState, after: RepositoryState): void {
  const [shown, least, most] = [found, before, after].map(
    ({ blobs, manifests, tags }) =>
      new Set([...blobs, ...manifests, ...[...tags].map(([tag, digest]) => `${tag} ${digest}`)]),
  ) as [Set<string>, Set<string>, Set<string>];
  const isMissing = (thing: string) => least.has(thing) && most.has(thing) && !shown.has(thing);
  expect([...least].filter(isMissing)).toEqual([]);
  expect([...shown].filter((thing) => !least.has(thing) && !most.has(thing))).toEqual([]);
}

function copyOf({ blobs, manifests, tags }: RepositoryState): RepositoryState {
  return { blobs: new Set(blobs), manifests: new Set(manifests), tags: new Map(tags) };
}

function layerOf(repository: string, n: number): Buffer {
  return seededBytes(n * 10 + (repository.codePointAt(0) ?? 0), LAYER_BYTES);
}

function manifestOf(layer: Buffer): string {
  return imageManifest([], { layers: [{ mediaType: LAYER, digest: digestOf(layer), size: layer.length }] });
}

async function upload(origin: string, path: string, bytes: Buffer): Promise<void> {
  const opened = await ask('POST', `${path}/blobs/uploads/`, 202);
  const location = `${origin}${opened.headers.location}`;
  const middle = Math.floor(bytes.length / 2);
  await send('PATCH', location, 202, bytes.subarray(0, middle));
  await send('PUT', `${location}&digest=${digestOf(bytes)}`, 201, bytes.subarray(middle));
}

async function send(method: string, url: string, right: number, body?: Buffer | string, type?: string): Promise<void> {
  await ask(method, url, right, body, type);
}

async function ask(method: string, url: string, right: number, body?: Buffer | string, type?: string) {
  const headers = { authorization: BASIC, ...(type === undefined ? {} : { 'content-type': type }) };
  const answer = await request(url, { method, headers, ...(body === undefined ? {} : { body }) });
  await answer.body.dump();
  if (answer.statusCode !== right) throw new Error(`${method} ${url}: ${answer.statusCode}`);
  return answer;
}
