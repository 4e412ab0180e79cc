import { createHash } from 'node:crypto';
import type { BlockBlobClient, BlockBlobCommitBlockListOptions } from '@azure/storage-blob';
import { writeBlob } from '../../../../local/arm/blob-writer.ts';

const MIB = 1024 * 1024;

/** Records what a blob is sent; stages slowly, the first block last. */
class FakeBlob {
  readonly blocks = new Map<string, Buffer>();
  committed: { ids: string[]; options: BlockBlobCommitBlockListOptions } | undefined;
  inFlight = 0;
  mostInFlight = 0;
  failAt = -1;
  #count = 0;

  async stageBlock(id: string, body: Buffer): Promise<void> {
    const index = this.#count++;
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    await new Promise((resolve) => setTimeout(resolve, index === 0 ? 10 : 1));
    this.inFlight -= 1;
    if (index === this.failAt) throw new Error('cut');
    this.blocks.set(id, body);
  }

  async commitBlockList(ids: string[], options: BlockBlobCommitBlockListOptions): Promise<void> {
    this.committed = { ids, options };
  }
}

async function* chunksOf(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 700_000) yield bytes.subarray(at, at + 700_000);
}

const BYTES = Buffer.from(Uint8Array.from({ length: 33 * MIB }, (_, index) => index % 251));

function write(blob: FakeBlob, bytes: AsyncIterable<Uint8Array>, overwrite = false): Promise<number[]> {
  const progress: number[] = [];
  const options = { overwrite, writerId: 'run', signal: new AbortController().signal };
  const onProgress = (writtenBytes: number) => progress.push(writtenBytes);
  return writeBlob(blob as unknown as BlockBlobClient, bytes, { ...options, onProgress }).then(() => progress);
}

describe('writeBlob', () => {
  it('commits blocks of 8 MiB in order, with MD5 and category, never more than three in flight', async () => {
    const blob = new FakeBlob();
    const progress = await write(blob, chunksOf(BYTES));
    const { ids = [], options } = blob.committed ?? {};
    const written = Buffer.concat(ids.map((id) => blob.blocks.get(id) ?? Buffer.alloc(0)));
    expect(written.equals(BYTES)).toBe(true);
    expect(ids.map((id) => blob.blocks.get(id)?.length)).toEqual([...Array(4).fill(8 * MIB), MIB]);
    expect(blob.mostInFlight).toBe(3);
    expect(progress.at(-1)).toBe(BYTES.length);
    expect(options?.metadata).toEqual({ category: 'acr-transfer-blob' });
    const md5 = createHash('md5').update(BYTES).digest();
    expect(Buffer.from(options?.blobHTTPHeaders?.blobContentMD5 ?? []).equals(md5)).toBe(true);
    expect(options?.conditions).toEqual({ ifNoneMatch: '*' });
  });

  it('asks for no absence when it may overwrite', async () => {
    const blob = new FakeBlob();
    await write(blob, chunksOf(Buffer.alloc(10)), true);
    expect(blob.committed?.options.conditions).toBeUndefined();
  });

  it.each([0, 2, 4])('commits nothing and leaves nothing in flight when block %d fails', async (failAt) => {
    const blob = new FakeBlob();
    blob.failAt = failAt;
    await expect(write(blob, chunksOf(BYTES))).rejects.toThrow('cut');
    expect([blob.committed, blob.inFlight]).toEqual([undefined, 0]);
  });

  it('commits nothing and leaves nothing in flight when the stream fails', async () => {
    const blob = new FakeBlob();
    async function* broken() {
      yield BYTES.subarray(0, 20 * MIB);
      throw new Error('source');
    }
    await expect(write(blob, broken())).rejects.toThrow('source');
    expect([blob.committed, blob.inFlight]).toEqual([undefined, 0]);
  });
});
