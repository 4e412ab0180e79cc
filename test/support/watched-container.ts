import type { ContainerStore } from '../../src/azure/blobs/storage.ts';

/** What is told of each request: before it has its effect, and after; either may throw. */
export type Watch = (when: 'before' | 'after', kind: 'read' | 'write') => void;

const KINDS = {
  properties: 'read',
  readText: 'read',
  writeText: 'write',
  setMetadata: 'write',
  delete: 'write',
} as const;

/** A container whose requests somebody watches. */
export function watchedContainer(container: ContainerStore, watch: Watch): ContainerStore {
  const watched = { ...container };
  for (const [name, kind] of Object.entries(KINDS) as [keyof typeof KINDS, 'read' | 'write'][]) {
    const call = container[name] as (...given: unknown[]) => Promise<unknown>;
    const told = async (...given: unknown[]) => {
      watch('before', kind);
      const answer = await call(...given);
      watch('after', kind);
      return answer;
    };
    Object.assign(watched, { [name]: told });
  }
  watched.list = async function* (prefix) {
    watch('before', 'read');
    yield* container.list(prefix);
  };
  return watched;
}
