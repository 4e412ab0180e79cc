import { TransferError } from '../../domain/errors.ts';
import { receiptNames } from '../../domain/receipt/receipt.ts';
import { isServed, type Route } from '../../domain/route/route.ts';
import { mapBounded } from '../../oci/parallel.ts';
import type { Activity } from '../activity.ts';
import { discardStaged } from '../copy/discard-staged.ts';
import { readTraces } from '../resolve/batch-page.ts';
import type { Services } from '../services.ts';
import { readRequest } from '../transfer-route.ts';

const PARALLEL_DELETES = 8;

/**
 * Deletes the archives of a page of batches on the sides that the app reaches, what was staged of copies, and the
 * receipts; never a blob that somebody else put under an archive's name. Twice: what is gone is gone.
 */
export const deleteArchives: Activity<'deleteArchives'> = async (services, input) => {
  const route = services.route((await readRequest(services, input.transfer)).route);
  const { container: source } = services.side(route, 'source');
  const target = services.container(route, 'target');
  const archives = (await readTraces(services, input)).flatMap((traces) => traces.archives);
  await mapBounded(archives, PARALLEL_DELETES, async (archive) => {
    if (target) await discardStaged(target, archive.name);
    if (target && archive.target) await target.delete(archive.name);
    if (archive.source) await source.delete(archive.name);
    await deleteReceipts(services, route, archive.name);
  });
  return null;
};

/** What the app wrote, and what came back for it. The target's own receipt, in its account, is the other app's. */
async function deleteReceipts(services: Services, route: Route, archive: string): Promise<void> {
  const { receipt, importReceipt } = receiptNames;
  try {
    await services.receipts(route, 'source')?.delete(receipt(archive));
    await services.receipts(route, 'source')?.delete(importReceipt(archive));
    if (!isServed(route, 'target')) await services.receipts(route, 'target')?.delete(receipt(archive));
  } catch (error) {
    // Where the app may not delete receipts it could not write them, which such a route allows.
    const isAllowed = error instanceof TransferError && error.class === 'access' && route.receipts === 'optional';
    if (!isAllowed) throw error;
  }
}
