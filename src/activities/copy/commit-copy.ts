import { TransferError } from '../../domain/errors.ts';
import { withoutCategory } from '../../domain/import/auto-import.ts';
import { blocksOf } from '../../domain/plan/copy-plan.ts';
import { isServed } from '../../domain/route/route.ts';
import { countCopied } from '../../telemetry/measures.ts';
import type { Activity } from '../activity.ts';
import { openContainers } from '../transfer-route.ts';
import { blockId } from './block-id.ts';

/**
 * Makes the staged blocks the archive, with the source's MD5 and metadata. Where the app imports it itself, without the
 * mark that ACR's trigger looks for; where the other side does, by whatever means, with it. Twice: an archive of that size
 * and MD5 that is there is the first's.
 */
export const commitCopy: Activity<'commitCopy'> = async (services, { transfer, path, archive, plan }) => {
  const { route, source, target } = await openContainers(services, transfer);
  const exported = await source.properties(archive);
  if (exported?.etag !== plan.sourceEtag) {
    const message = `${source.urlOf(archive)} changed while it was copied.`;
    throw new TransferError(message, { class: 'transient', code: 'SOURCE_CHANGED', side: 'source' });
  }
  const ids = blocksOf(plan).map((block) => blockId(plan, block));
  const { contentMd5, contentType } = exported;
  const committed = await target.commitBlocks(archive, ids, {
    ...(contentMd5 === undefined ? {} : { contentMd5 }),
    ...(contentType === undefined ? {} : { contentType }),
    metadata: isServed(route, 'target') ? withoutCategory(exported.metadata) : exported.metadata,
    ifNoneMatch: '*',
  });
  if (committed === 'conflict') {
    const there = await target.properties(archive);
    if (there?.sizeBytes !== plan.sizeBytes || there.contentMd5 !== contentMd5) {
      const message = `${target.urlOf(archive)} exists and is not the archive that was exported.`;
      throw new TransferError(message, { class: 'conflict', code: 'BLOB_EXISTS', side: 'target' });
    }
  }
  const finishedAt = new Date().toISOString();
  await services.transfers.updateBatch(transfer, path, (record) => ({
    ...record,
    copy: { ...record.copy, mode: plan.mode, bytesCopied: plan.sizeBytes, bytesTotal: plan.sizeBytes, finishedAt },
  }));
  countCopied(route.name, plan.mode, plan.sizeBytes);
  return null;
};
