import { createHash } from 'node:crypto';
import type { BlockBlobClient, BlockBlobCommitBlockListOptions } from '@azure/storage-blob';
import { withStorageFailures } from './storage-failure.ts';

const BLOCK_BYTES = 8 * 1024 * 1024;
const MAX_BLOCKS_IN_FLIGHT = 3;
/** The metadata that an export leaves; an import pipeline's trigger looks for it. */
const ARCHIVE_METADATA = { category: 'acr-transfer-blob' };

/** How {@link writeBlob} writes. */
export interface WriteBlobOptions {
  /** Without it an existing blob makes the commit fail with `BlobAlreadyExists`. */
  overwrite: boolean;
  /** Begins every block's id (all of one length): two writers of one blob cannot mix their blocks. */
  writerId: string;
  signal: AbortSignal;
  /** Gets the bytes staged so far. */
  onProgress: (writtenBytes: number) => void;
}

/**
 * Writes a stream as staged blocks of 8 MiB, three in flight, and commits them with `Content-MD5` and the category of
 * an archive. The blob appears with the commit and not before. The first failed block ends it, once those in flight have.
 * Storage errors become `RunFailure`s; errors of the stream come through as they are.
 */
export async function writeBlob(
  blob: BlockBlobClient,
  bytes: AsyncIterable<Uint8Array>,
  options: WriteBlobOptions,
): Promise<void> {
  const md5 = createHash('md5');
  const stager = new BlockStager(blob, options);
  try {
    for await (const block of inBlocks(bytes)) {
      md5.update(block);
      await stager.stage(block);
    }
  } catch (error) {
    await stager.abandon();
    throw error;
  }
  const blockIds = await stager.finish();
  await withStorageFailures(() => blob.commitBlockList(blockIds, commitOptions(md5.digest(), options)));
}

/** Stages blocks, a few in flight. */
class BlockStager {
  readonly #blob: BlockBlobClient;
  readonly #options: WriteBlobOptions;
  readonly #controller = new AbortController();
  readonly #signal: AbortSignal;
  readonly #blockIds: string[] = [];
  readonly #inFlight = new Set<Promise<void>>();
  #writtenBytes = 0;
  #failure: { error: unknown } | undefined;

  constructor(blob: BlockBlobClient, options: WriteBlobOptions) {
    this.#blob = blob;
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#controller.signal]);
  }

  /** Begins to stage a block; resolves when there is room for another. Throws what failed an earlier one. */
  async stage(block: Buffer): Promise<void> {
    const id = Buffer.from(`${this.#options.writerId}-${String(this.#blockIds.length).padStart(6, '0')}`);
    const staged = this.#send(id.toString('base64'), block).finally(() => this.#inFlight.delete(staged));
    this.#inFlight.add(staged);
    this.#blockIds.push(id.toString('base64'));
    if (this.#inFlight.size >= MAX_BLOCKS_IN_FLIGHT) await Promise.race(this.#inFlight);
    this.#throwFailure();
  }

  /** Resolves with the ids of all blocks, in order, when all are staged. */
  async finish(): Promise<string[]> {
    await Promise.all(this.#inFlight);
    this.#throwFailure();
    return this.#blockIds;
  }

  /** Stops those in flight and waits for them. */
  async abandon(): Promise<void> {
    this.#controller.abort();
    await Promise.all(this.#inFlight);
  }

  /** Never rejects: a failure is kept until somebody asks. */
  async #send(id: string, block: Buffer): Promise<void> {
    try {
      await withStorageFailures(() => this.#blob.stageBlock(id, block, block.length, { abortSignal: this.#signal }));
      this.#writtenBytes += block.length;
      this.#options.onProgress(this.#writtenBytes);
    } catch (error) {
      this.#failure ??= { error };
      this.#controller.abort();
    }
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }
}

/** Whether the blob, which exists, was written by {@link writeBlob} with this `writerId`. Throws `RunFailure`s. */
export async function isWrittenBy(blob: BlockBlobClient, writerId: string, abortSignal: AbortSignal): Promise<boolean> {
  const { committedBlocks } = await withStorageFailures(() => blob.getBlockList('committed', { abortSignal }));
  const first = committedBlocks?.[0]?.name ?? '';
  return Buffer.from(first, 'base64').toString().startsWith(`${writerId}-`);
}

function commitOptions(md5: Buffer, { overwrite, signal }: WriteBlobOptions): BlockBlobCommitBlockListOptions {
  return {
    abortSignal: signal,
    metadata: ARCHIVE_METADATA,
    blobHTTPHeaders: { blobContentMD5: md5, blobContentType: 'application/octet-stream' },
    ...(overwrite ? {} : { conditions: { ifNoneMatch: '*' } }),
  };
}

/** The stream cut into blocks of 8 MiB, the last one shorter. Each block is memory of its own. */
async function* inBlocks(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let block = Buffer.allocUnsafe(BLOCK_BYTES);
  let filled = 0;
  for await (const chunk of bytes) {
    for (let taken = 0; taken < chunk.length; ) {
      const part = chunk.subarray(taken, taken + BLOCK_BYTES - filled);
      block.set(part, filled);
      filled += part.length;
      taken += part.length;
      if (filled < BLOCK_BYTES) continue;
      yield block;
      block = Buffer.allocUnsafe(BLOCK_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}
