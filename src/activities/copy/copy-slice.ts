import type { ContainerStore } from '../../azure/blobs/storage.ts';
import { TransferError } from '../../domain/errors.ts';
import { type Block, blocksOf, type CopyPlan } from '../../domain/plan/copy-plan.ts';
import { CANCELED } from '../../domain/transfer/control.ts';
import { mapBounded } from '../../oci/parallel.ts';
import type { Activity } from '../activity.ts';
import { openContainers } from '../transfer-route.ts';
import { blockId } from './block-id.ts';

const PARALLEL_BLOCKS = 4;
/** A slice takes seconds; the token outlives the SDK's retries. */
const SOURCE_TOKEN_MINUTES = 60;

/**
 * Stages one slice's blocks at the target, four at a time. Twice: blocks that are staged already are left out, and
 * staging one again replaces it. Every read is under the source's ETag.
 */
export const copySlice: Activity<'copySlice'> = async (services, { transfer, path, archive, plan, slice }) => {
  const { cancel } = await services.transfers.readControl(transfer);
  if (cancel) throw new TransferError(CANCELED.message, CANCELED);
  const { source, target } = await openContainers(services, transfer);
  const staged = new Set((await target.stagedBlocks(archive)).map(({ id, sizeBytes }) => `${id}/${sizeBytes}`));
  const missing = blocksOf(plan, slice).filter((block) => !staged.has(`${blockId(plan, block)}/${block.length}`));
  if (missing.length > 0) {
    const stage = await chooseStage(source, target, archive, plan);
    await mapBounded(missing, PARALLEL_BLOCKS, stage);
  }
  const bytesCopied = Math.min((slice + 1) * plan.sliceBlocks * plan.blockBytes, plan.sizeBytes);
  await services.transfers.updateBatch(transfer, path, (record) => ({
    ...record,
    copy: {
      ...record.copy,
      mode: plan.mode,
      bytesCopied: Math.max(bytesCopied, record.copy?.bytesCopied ?? 0),
      bytesTotal: plan.sizeBytes,
    },
  }));
  return null;
};

type Stage = (block: Block) => Promise<void>;

async function chooseStage(
  source: ContainerStore,
  target: ContainerStore,
  archive: string,
  plan: CopyPlan,
): Promise<Stage> {
  if (plan.mode === 'stream') return (block) => stream(source, target, archive, plan, block);
  const sas = await source.createReadSas(archive, SOURCE_TOKEN_MINUTES);
  const url = `${source.urlOf(archive)}?${sas}`;
  return (block) =>
    target.stageBlockFromUrl(archive, blockId(plan, block), url, block.offset, block.length, plan.sourceEtag);
}

async function stream(source: ContainerStore, target: ContainerStore, archive: string, plan: CopyPlan, block: Block) {
  const bytes = Buffer.allocUnsafe(block.length);
  let filled = 0;
  for await (const chunk of source.readRange(archive, block.offset, block.length, plan.sourceEtag)) {
    bytes.set(chunk, filled);
    filled += chunk.length;
  }
  if (filled !== block.length) {
    const message = `${source.urlOf(archive)}: ${filled} of ${block.length} bytes from ${block.offset} came.`;
    throw new TransferError(message, { class: 'transient', code: 'READ_CUT_SHORT', side: 'source' });
  }
  await target.stageBlock(archive, blockId(plan, block), bytes);
}
