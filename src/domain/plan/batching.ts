/** Artifacts of one export run at most (limit of the service). */
export const MAX_BATCH_ARTIFACTS = 50;

/** A registry blob that several artifacts may hold: the beginning of its digest, and its bytes. */
export type HeavyBlob = readonly [digest: string, bytes: number];

/** Blobs of an artifact that are remembered until it is planned. What it shares besides weighs little. */
const HEAVY_BLOBS = 4;
/** Letters of a digest that tell blobs apart: among a million, two are alike with a chance of one in 500. */
const DIGEST_LETTERS = 12;

/** What of an artifact decides where it travels. */
export interface Cargo {
  repository: string;
  /** Bytes of its distinct blobs. */
  bytes: number;
  /** The heaviest of them, heaviest first, each once. */
  heaviest: readonly HeavyBlob[];
}

/** The heaviest blobs of an artifact, as they are kept until it is planned. */
export function heaviestOf(blobs: readonly { digest: string; sizeBytes: number }[]): HeavyBlob[] {
  const distinct = new Map(blobs.map((blob) => [blob.digest, blob]));
  const sorted = [...distinct.values()].sort((a, b) => b.sizeBytes - a.sizeBytes || (a.digest < b.digest ? -1 : 1));
  return sorted.slice(0, HEAVY_BLOBS).map(({ digest, sizeBytes }) => {
    const letters = digest.slice(digest.indexOf(':') + 1);
    return [letters.slice(0, DIGEST_LETTERS), sizeBytes];
  });
}

/** Artifacts of a bundle, from the coarsest dealing to the finest. All divide 50. */
const BUNDLE_SIZES = [MAX_BATCH_ARTIFACTS, 25, 10, 5, 2, 1];
/** How much heavier than need be the heaviest batch may be, for the sake of blobs that travel once. */
const TOLERANCE = 1.25;

/**
 * Deals artifacts out to as few batches of at most 50 as there can be: the number (from 0) of each one's batch, in the
 * order of the first artifacts of the batches. The same cargo gives the same batches.
 *
 * What shares heavy blobs, or else a repository, is laid side by side; this row is cut into bundles of one size, and the
 * bundles are dealt to the batches by weight. Whole batches as bundles let most blobs travel together, single artifacts
 * balance best. The coarsest dealing is taken whose heaviest batch is at most 1.25 times that of the best, so none is
 * heavier than 1.25 times (the mean of all, each artifact counted whole, and the heaviest artifact).
 */
export function dealBatches(cargo: readonly Cargo[]): number[] {
  const batches = Math.ceil(cargo.length / MAX_BATCH_ARTIFACTS);
  const items = toItems(cargo);
  const scales = new Scales(items);
  const row = sideBySide(items);
  const dealings = BUNDLE_SIZES.map((size) => {
    const held = dealBundles(row, scales, batches, size);
    return { held, heaviest: Math.max(0, ...held.map((places) => scales.weigh(places))) };
  });
  const best = Math.min(...dealings.map(({ heaviest }) => heaviest));
  const taken = dealings.find(({ heaviest }) => heaviest <= best * TOLERANCE);
  return numberByFirst(taken?.held ?? [], cargo.length);
}

/** Cargo with numbers for names: blobs and repositories count from 0 in the order in which they first appear. */
interface Item {
  repository: number;
  bytes: number;
  /** Those of its heaviest blobs that others hold too. */
  shared: { blob: number; bytes: number }[];
}

function toItems(cargo: readonly Cargo[]): Item[] {
  const holders = new Map<string, number>();
  for (const { heaviest } of cargo)
    for (const [digest] of heaviest) holders.set(digest, (holders.get(digest) ?? 0) + 1);
  const blobs = new Map<string, number>();
  const repositories = new Map<string, number>();
  return cargo.map(({ repository, bytes, heaviest }) => ({
    repository: numberOf(repositories, repository),
    bytes,
    shared: heaviest
      .filter(([digest]) => (holders.get(digest) ?? 0) > 1)
      .map(([digest, size]) => ({ blob: numberOf(blobs, digest), bytes: size })),
  }));
}

function numberOf(numbers: Map<string, number>, name: string): number {
  const number = numbers.get(name) ?? numbers.size;
  numbers.set(name, number);
  return number;
}

/** Weighs artifacts together: a blob that several of them hold weighs once. */
class Scales {
  readonly #items: readonly Item[];
  /** By blob: in which weighing it was seen last. */
  readonly #seenIn: number[] = [];
  #weighing = 0;

  constructor(items: readonly Item[]) {
    this.#items = items;
  }

  /** Bytes of the artifacts at these places. */
  weigh(places: readonly number[]): number {
    this.#weighing += 1;
    let total = 0;
    for (const place of places) {
      total += this.#items[place]?.bytes ?? 0;
      for (const { blob, bytes } of this.#items[place]?.shared ?? []) {
        if (this.#seenIn[blob] === this.#weighing) total -= bytes;
        this.#seenIn[blob] = this.#weighing;
      }
    }
    return total;
  }
}

/** The places of all artifacts in an order in which those that share are neighbours. */
function sideBySide(items: readonly Item[]): number[] {
  return items.map((_, place) => place).sort((a, b) => compareItems(items[a], items[b]) || a - b);
}

/** By the heaviest blob that others hold too, then by the next; what has none comes after, by repository. */
function compareItems(a: Item | undefined, b: Item | undefined): number {
  if (!a || !b) return 0;
  for (let index = 0; index < a.shared.length || index < b.shared.length; index++) {
    const [left, right] = [a.shared[index]?.blob, b.shared[index]?.blob];
    if (left !== right) return (left ?? Number.MAX_SAFE_INTEGER) - (right ?? Number.MAX_SAFE_INTEGER);
  }
  return a.repository - b.repository;
}

/** Cuts the row into bundles and deals them out in rounds, one to each batch: the heaviest to the lightest batch. */
function dealBundles(row: readonly number[], scales: Scales, batches: number, size: number): number[][] {
  const bundles = Array.from({ length: Math.ceil(row.length / size) }, (_, index) => {
    const places = row.slice(index * size, (index + 1) * size);
    return { places, bytes: scales.weigh(places) };
  });
  if (size < MAX_BATCH_ARTIFACTS) bundles.sort((a, b) => b.bytes - a.bytes);
  const loads = Array.from({ length: batches }, (_, batch) => ({ batch, bytes: 0, places: [] as number[] }));
  bundles.forEach(({ places, bytes }, index) => {
    if (index % batches === 0) loads.sort((a, b) => a.bytes - b.bytes || a.batch - b.batch);
    const load = loads[index % batches];
    if (!load) return;
    load.bytes += bytes;
    load.places.push(...places);
  });
  return loads.map(({ places }) => places);
}

/** The number of each place's batch; batches are numbered by the place that comes first in the list. */
function numberByFirst(held: readonly number[][], places: number): number[] {
  const batchOf: number[] = new Array(places).fill(0);
  held.forEach((ones, batch) => {
    for (const place of ones) batchOf[place] = batch;
  });
  const numbers = new Map<number, number>();
  return batchOf.map((batch) => {
    const number = numbers.get(batch) ?? numbers.size;
    numbers.set(batch, number);
    return number;
  });
}
