const MIB = 1024 * 1024;
const MIN_BLOCK_BYTES = 8 * MIB;
/** Largest block that Put Block From URL takes. */
const MAX_SERVER_BLOCK_BYTES = 100 * MIB;
/** Blocks of one storage blob at most. */
const MAX_BLOCKS = 50_000;
const SERVER_BLOCKS = 2000;
const SLICE_BLOCKS = 16;

/** How an archive is copied: its blocks, and how many of them one activity takes. Plain data, fixed when it begins. */
export interface CopyPlan {
  mode: 'server' | 'stream';
  sizeBytes: number;
  blockBytes: number;
  sliceBlocks: number;
  /** ETag of the source blob; every block is read under this condition. */
  sourceEtag: string;
}

/** How far a copy has come: the slice that is next. */
export interface CopyPosition {
  plan: CopyPlan;
  slice: number;
}

/**
 * Block size for an archive: 8 MiB, more where that would need more blocks than a blob may have. Server-side blocks
 * grow earlier, to keep the number of slices small; streamed ones do not, because they pass through memory.
 */
export function planCopy(mode: CopyPlan['mode'], sizeBytes: number, sourceEtag: string): CopyPlan {
  const wanted = Math.ceil(sizeBytes / (mode === 'server' ? SERVER_BLOCKS : MAX_BLOCKS));
  const rounded = Math.ceil(wanted / MIB) * MIB;
  const blockBytes = Math.min(Math.max(MIN_BLOCK_BYTES, rounded), MAX_SERVER_BLOCK_BYTES);
  return { mode, sizeBytes, blockBytes, sliceBlocks: SLICE_BLOCKS, sourceEtag };
}

export function countSlices(plan: CopyPlan): number {
  return Math.ceil(plan.sizeBytes / (plan.blockBytes * plan.sliceBlocks));
}

export interface Block {
  index: number;
  offset: number;
  length: number;
}

/** The blocks of one slice, from 0; all of the archive's when `slice` is left out. */
export function blocksOf(plan: CopyPlan, slice?: number): Block[] {
  const total = Math.ceil(plan.sizeBytes / plan.blockBytes);
  const first = slice === undefined ? 0 : slice * plan.sliceBlocks;
  const end = slice === undefined ? total : Math.min(first + plan.sliceBlocks, total);
  return Array.from({ length: Math.max(0, end - first) }, (_, position) => {
    const index = first + position;
    const offset = index * plan.blockBytes;
    return { index, offset, length: Math.min(plan.blockBytes, plan.sizeBytes - offset) };
  });
}
