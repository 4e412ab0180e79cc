import fc from 'fast-check';
import { type Cargo, dealBatches, heaviestOf, MAX_BATCH_ARTIFACTS } from '../../../../src/domain/plan/batching.ts';

/** Sizes of the blobs that artifacts may share; every artifact may have a blob of its own too. */
const SHARED = [900, 500, 500, 200, 50, 10, 0];

const cargos = fc
  .array(
    fc.record({
      repository: fc.constantFrom('app/a', 'app/b', 'base'),
      shared: fc.uniqueArray(fc.nat({ max: SHARED.length - 1 }), { maxLength: 3 }),
      own: fc.oneof(fc.nat({ max: 1000 }), fc.constant(0), fc.constant(20_000)),
    }),
    { maxLength: 260 },
  )
  .map((list) =>
    list.map(({ repository, shared, own }, index): Cargo => {
      const blobs = shared.map((blob) => ({ digest: `sha256:blob-${blob}-of-many`, sizeBytes: SHARED[blob] ?? 0 }));
      const all = [...blobs, { digest: `sha256:own${String(index).padStart(9, '0')}`, sizeBytes: own }];
      return { repository, bytes: all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), heaviest: heaviestOf(all) };
    }),
  );

/** Bytes of each batch, told apart by whole digests: no more than four blobs are in play, so none is forgotten. */
function weights(cargo: readonly Cargo[], dealt: readonly number[]): number[] {
  const held = new Map<number, Map<string, number>>();
  dealt.forEach((batch, place) => {
    const blobs = held.get(batch) ?? new Map<string, number>();
    for (const [digest, bytes] of cargo[place]?.heaviest ?? []) blobs.set(digest, bytes);
    held.set(batch, blobs);
  });
  return [...held.values()].map((blobs) => [...blobs.values()].reduce((sum, bytes) => sum + bytes, 0));
}

function image(repository: string, ...layers: [string, number][]): Cargo {
  const heaviest = heaviestOf(layers.map(([digest, sizeBytes]) => ({ digest: `sha256:${digest}`, sizeBytes })));
  return { repository, bytes: layers.reduce((sum, [, bytes]) => sum + bytes, 0), heaviest };
}

describe('dealBatches', () => {
  it('gives each artifact one of as few batches as there can be, numbered by their first artifacts', () => {
    fc.assert(
      fc.property(cargos, (cargo) => {
        const dealt = dealBatches(cargo);
        expect(dealt).toHaveLength(cargo.length);
        const batches = Math.ceil(cargo.length / MAX_BATCH_ARTIFACTS);
        expect([...new Set(dealt)]).toEqual(Array.from({ length: batches }, (_, index) => index));
        for (let batch = 0; batch < batches; batch++) {
          expect(dealt.filter((other) => other === batch).length).toBeLessThanOrEqual(MAX_BATCH_ARTIFACTS);
        }
      }),
    );
  });

  it('makes no batch heavier than 1.25 times the mean, each artifact counted whole, and the heaviest artifact', () => {
    fc.assert(
      fc.property(cargos, (cargo) => {
        const dealt = dealBatches(cargo);
        const bytes = cargo.map((one) => one.bytes);
        const mean = bytes.reduce((sum, one) => sum + one, 0) / Math.ceil(cargo.length / MAX_BATCH_ARTIFACTS);
        for (const weight of weights(cargo, dealt)) {
          expect(weight).toBeLessThanOrEqual(1.25 * (mean + Math.max(...bytes)) + 1e-6);
        }
      }),
    );
  });

  it('gives the same cargo the same batches', () => {
    fc.assert(
      fc.property(cargos, (cargo) => {
        expect(dealBatches(structuredClone(cargo))).toEqual(dealBatches(cargo));
      }),
    );
  });

  it('lets what shares a heavy blob travel together, however the list is mixed', () => {
    // Four bases with 50 artifacts each, one after the other in the list.
    const cargo = Array.from({ length: 200 }, (_, index) =>
      image(`app/${index}`, [`base-${index % 4}-of-many`, 1000], [`own${String(index).padStart(9, '0')}`, 10]),
    );
    const dealt = dealBatches(cargo);
    for (let base = 0; base < 4; base++) {
      expect(new Set(dealt.filter((_, index) => index % 4 === base)).size).toBe(1);
    }
    expect(weights(cargo, dealt)).toEqual([1500, 1500, 1500, 1500]);
  });

  it('lets a repository travel together where no blob is shared', () => {
    const cargo = Array.from({ length: 100 }, (_, index) =>
      image(`app/${index % 2}`, [`own${String(index).padStart(9, '0')}`, 10]),
    );
    const dealt = dealBatches(cargo);
    expect(new Set(dealt.filter((_, index) => index % 2 === 0)).size).toBe(1);
  });

  it('parts heavy neighbours rather than to make one batch heavy', () => {
    // The heavy ones are all of one repository; laid side by side and cut in halves they would be in one batch.
    const cargo = Array.from({ length: 100 }, (_, index) =>
      image(index < 40 ? 'a/heavy' : 'b/light', [`own${String(index).padStart(9, '0')}`, index < 40 ? 1000 : 1]),
    );
    const [first = 0, second = 0] = weights(cargo, dealBatches(cargo));
    expect(first + second).toBe(40_060);
    expect(Math.max(first, second)).toBeLessThanOrEqual(1.25 * 20_030);
  });

  it('deals out 100,000 artifacts', () => {
    const cargo = Array.from({ length: 100_000 }, (_, index) =>
      image(
        `app/${index % 500}`,
        [`base${index % 500}`, 500_000],
        [`own${String(index).padStart(9, '0')}`, index % 9000],
      ),
    );
    expect(new Set(dealBatches(cargo)).size).toBe(2000);
  });
});

describe('heaviestOf', () => {
  it('keeps the four heaviest blobs, each once, by the beginning of its digest', () => {
    const blobs = [3, 9, 1, 7, 5, 9].map((sizeBytes) => ({ digest: `sha256:${sizeBytes}`.padEnd(71, 'f'), sizeBytes }));
    expect(heaviestOf(blobs)).toEqual([
      ['9fffffffffff', 9],
      ['7fffffffffff', 7],
      ['5fffffffffff', 5],
      ['3fffffffffff', 3],
    ]);
  });
});
