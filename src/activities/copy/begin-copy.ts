import type { BlobProperties } from '../../azure/blobs/storage.ts';
import type { CopyView } from '../../domain/batch/batch-record.ts';
import { isSameContainer } from '../../domain/container-url.ts';
import { TransferError } from '../../domain/errors.ts';
import { withoutCategory } from '../../domain/import/auto-import.ts';
import { planCopy } from '../../domain/plan/copy-plan.ts';
import { isServed, type Route } from '../../domain/route/route.ts';
import type { Activity } from '../activity.ts';
import { openContainers } from '../transfer-route.ts';
import { exportedArchive } from './exported-archive.ts';

/**
 * Looks at both ends: nothing is left to copy when the sides share a container, or the very archive is there already.
 * An archive that the app imports where it lies is claimed as a copied one is: without the mark of ACR's trigger.
 * Reads and shows only, but for that mark, so twice does no harm.
 */
export const beginCopy: Activity<'beginCopy'> = async (services, { transfer, path, archive, mode }) => {
  const { route, source, target } = await openContainers(services, transfer);
  const exported = await exportedArchive(services, route, archive);
  const show = (copy: CopyView) =>
    services.transfers.updateBatch(transfer, path, (record) => ({
      ...record,
      step: 'Copy',
      archive: { name: archive, bytes: exported.sizeBytes },
      copy,
    }));
  const bytesTotal = exported.sizeBytes;
  if (isSameContainer(source.url, target.url)) {
    if (isServed(route, 'target')) {
      await target.setMetadata(archive, withoutCategory(exported.metadata), exported.etag);
    }
    await show({ mode: 'none', bytesCopied: 0, bytesTotal });
    return null;
  }
  const plan = planCopy(chooseMode(route, mode), exported.sizeBytes, exported.etag);
  if (isCopyOf(exported, await target.properties(archive))) {
    await show({ mode: plan.mode, bytesCopied: bytesTotal, bytesTotal });
    return null;
  }
  await show({ mode: plan.mode, bytesCopied: 0, bytesTotal, startedAt: new Date().toISOString() });
  return plan;
};

function chooseMode(route: Route, asked: 'auto' | 'stream'): 'server' | 'stream' {
  const { mode } = route.copy;
  if (asked === 'stream' && mode === 'server') {
    const message = `The target's service refuses to read the source, and copy.mode of route ${route.name} is server.`;
    throw new TransferError(message, { class: 'access', code: 'COPY_MODE_FORBIDDEN', side: 'target' });
  }
  return asked === 'stream' || mode === 'stream' ? 'stream' : 'server';
}

function isCopyOf(source: BlobProperties, target: BlobProperties | undefined): boolean {
  return (
    target !== undefined &&
    source.contentMd5 !== undefined &&
    target.contentMd5 === source.contentMd5 &&
    target.sizeBytes === source.sizeBytes
  );
}
