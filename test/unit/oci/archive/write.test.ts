import fc from 'fast-check';
import { planArchive } from '../../../../src/oci/archive/plan.ts';
import { readArchiveRange } from '../../../../src/oci/archive/write.ts';
import { buildImage, seededBytes } from '../../../support/images.ts';
import { createMemoryStore } from '../../../support/memory-store.ts';
import { collect } from '../../../support/streams.ts';

describe('readArchiveRange', () => {
  const planOf = async (layerSizes: number[]) => {
    const shared = seededBytes(9, 700);
    const store = createMemoryStore()
      .add('a', 'v1', buildImage({ seed: 1, layerSizes, sharedLayers: [shared] }))
      .add('b', 'v1', buildImage({ seed: 2, layerSizes: [1], sharedLayers: [shared] }));
    const artifacts = ['a', 'b'].map((repository) => ({ repository, tag: 'v1' }));
    return { store, plan: await planArchive(store, artifacts) };
  };

  it('writes as many bytes as were planned, whatever the layers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constantFrom(0, 511, 512, 513), fc.nat(5000)), { maxLength: 5 }),
        async (sizes) => {
          const { store, plan } = await planOf(sizes);
          expect(await collect(readArchiveRange(plan, store))).toHaveLength(plan.lengthBytes);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('gives for any range the same bytes as the whole has there', async () => {
    const { store, plan } = await planOf([0, 512, 3000]);
    const whole = await collect(readArchiveRange(plan, store));
    const range = fc.tuple(fc.nat(plan.lengthBytes), fc.nat(plan.lengthBytes));
    await fc.assert(
      fc.asyncProperty(range, async ([one, two]) => {
        const [offset, end] = [Math.min(one, two), Math.max(one, two)];
        const part = await collect(readArchiveRange(plan, store, { offset, length: end - offset }));
        expect(part.equals(whole.subarray(offset, end))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('is the whole again when cut into blocks of any size', async () => {
    const { store, plan } = await planOf([10, 2000]);
    const whole = await collect(readArchiveRange(plan, store));
    for (const blockBytes of [1000, 512, 4096]) {
      const blocks: Buffer[] = [];
      for (let offset = 0; offset < plan.lengthBytes; offset += blockBytes) {
        const length = Math.min(blockBytes, plan.lengthBytes - offset);
        blocks.push(await collect(readArchiveRange(plan, store, { offset, length })));
      }
      expect(Buffer.concat(blocks).equals(whole)).toBe(true);
    }
  });

  it('reads no blob that the range does not touch', async () => {
    const { store, plan } = await planOf([2000]);
    const blob = plan.entries.at(-1);
    await collect(readArchiveRange(plan, store, { offset: (blob?.dataOffset ?? 0) - 600, length: 100 }));
    expect(store.blobReads.length).toBeLessThanOrEqual(1);
    store.blobReads.length = 0;
    await collect(readArchiveRange(plan, store, { offset: 0, length: 600 }));
    expect(store.blobReads).toEqual([]);
  });

  it('fails on an empty blob that is not there', async () => {
    const { store, plan } = await planOf([0]);
    for (const [key, bytes] of store.blobs) if (bytes.length === 0) store.blobs.delete(key);
    await expect(collect(readArchiveRange(plan, store))).rejects.toMatchObject({ code: 'BLOB_UNKNOWN' });
  });

  it.each([
    [-1, 10],
    [0, Number.MAX_SAFE_INTEGER],
    [Number.NaN, 1],
  ])('refuses the range %d+%d', async (offset, length) => {
    const { store, plan } = await planOf([]);
    await expect(collect(readArchiveRange(plan, store, { offset, length }))).rejects.toThrow(RangeError);
  });
});
