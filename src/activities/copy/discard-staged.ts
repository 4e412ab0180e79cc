import type { ContainerStore } from '../../azure/blobs/storage.ts';

/**
 * Drops the blocks that were staged of a blob and never committed. The service has no call for that: an empty blob is
 * committed in their place, where there is none, and deleted.
 */
export async function discardStaged(container: ContainerStore, blob: string): Promise<void> {
  if ((await container.stagedBlocks(blob)).length === 0) return;
  const committed = await container.commitBlocks(blob, [], { metadata: {}, ifNoneMatch: '*' });
  if (committed !== 'conflict') await container.delete(blob);
}
