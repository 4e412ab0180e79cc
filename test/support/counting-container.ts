import type { ContainerStore } from '../../src/azure/blobs/storage.ts';

/** Entries that the service gives at one request of a list. */
const LIST_PAGE = 1000;

/** A container that counts the requests that its calls would be, by their kind; a list is one for each thousand begun. */
export function countingContainer(container: ContainerStore): { container: ContainerStore; counts: RequestCounts } {
  const counts = new RequestCounts();
  const counted = { ...container };
  for (const name of ['properties', 'readText', 'writeText', 'setMetadata', 'delete'] as const) {
    const call = container[name] as (...given: unknown[]) => Promise<unknown>;
    Object.assign(counted, {
      [name]: (...given: unknown[]) => {
        counts.add(name);
        return call(...given);
      },
    });
  }
  counted.list = async function* (prefix) {
    let seen = 0;
    counts.add('list');
    for await (const entry of container.list(prefix)) {
      if (seen > 0 && seen % LIST_PAGE === 0) counts.add('list');
      seen += 1;
      yield entry;
    }
  };
  return { container: counted, counts };
}

/** Requests since the start or the last `reset`. */
export class RequestCounts {
  #byKind: Record<string, number> = {};

  add(kind: string): void {
    this.#byKind[kind] = (this.#byKind[kind] ?? 0) + 1;
  }

  get byKind(): Readonly<Record<string, number>> {
    return this.#byKind;
  }

  get total(): number {
    return Object.values(this.#byKind).reduce((sum, count) => sum + count, 0);
  }

  reset(): void {
    this.#byKind = {};
  }
}
