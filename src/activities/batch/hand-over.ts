import { formatAzcopy } from '../../domain/plan/hand-over.ts';
import { receiptNames } from '../../domain/receipt/receipt.ts';
import { type Activity, required } from '../activity.ts';
import { exportedArchive } from '../copy/exported-archive.ts';
import { readPart } from '../part.ts';

/**
 * Notes in the batch's record what the other side has to be brought. Where the archive was copied to the target's
 * container, it is there already, and so is its receipt. Twice: the first time stays.
 */
export const handOver: Activity<'handOver'> = async (services, { transfer, path, archive }) => {
  const { plan, record } = await readPart(services, { transfer, path });
  const route = services.route(plan.route);
  const { sizeBytes: bytes, contentMd5 } = await exportedArchive(services, route, archive);
  const isCopied = plan.settings.reach === 'Copy';
  const isTold = isCopied && record.receipt?.error === null;
  const container = required(services.container(route, isCopied ? 'target' : 'source'), `a container of ${route.name}`);
  const receipts = required(services.receipts(route, isTold ? 'target' : 'source'), `receipts of ${route.name}`);
  const name = receiptNames.receipt(archive);
  const receipt = receipts.urlOf(name);
  const signature = record.receipt?.signature ? receipts.urlOf(receiptNames.signature(name)) : null;
  const carried = [isTold ? null : signature, isTold ? null : receipt, isCopied ? null : container.urlOf(archive)];
  const urls = carried.filter((url) => url !== null);
  const handover = {
    archive: container.urlOf(archive),
    bytes,
    md5: contentMd5 ?? null,
    catalogDigest: record.export?.catalogDigest ?? null,
    receipt,
    signature,
    azcopy: urls.length > 0 ? formatAzcopy(urls) : null,
    at: new Date().toISOString(),
    ignored: null,
  };
  await services.transfers.updateBatch(transfer, path, (found) => ({ ...found, handover: found.handover ?? handover }));
  return null;
};
