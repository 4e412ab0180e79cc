import { buildDryRun, dryRunSchema, type InspectedArtifact } from '../../../../src/domain/plan/dry-run.ts';
import type { PlannedArtifact } from '../../../../src/domain/plan/plan.ts';

function inspected(
  artifact: string,
  layers: [digest: string, sizeBytes: number, mediaType?: string][],
  more: Partial<PlannedArtifact> = {},
): InspectedArtifact {
  const open = { mediaType: null, bytes: 7, batch: null, outcome: null, failure: null };
  return {
    planned: { artifact, digest: `sha256:${artifact}`, ...open, ...more },
    layers: layers.map(([digest, sizeBytes, mediaType = 'layer']) => ({
      digest,
      sizeBytes,
      mediaType,
      isForeign: mediaType === 'foreign',
    })),
  };
}

const ROUTE = { name: 'a', maxParallelBatches: 2 };
const FAILURE = { class: 'artifact', code: 'ARTIFACT_NOT_FOUND', message: 'a:none does not exist.' } as const;

describe('buildDryRun', () => {
  it('counts what moves, what is there and what fails, and says why', () => {
    const plan = buildDryRun(ROUTE, [
      inspected('a:1', [['x', 10]]),
      inspected('a:2', [], { outcome: 'AlreadyPresent' }),
      inspected('a:none', [], { outcome: 'Failed', digest: null, failure: FAILURE }),
    ]);
    expect(dryRunSchema.parse(plan)).toEqual(plan);
    expect(plan).toMatchObject({ route: 'a', estimatedSeconds: null });
    expect(plan.counts).toEqual({ total: 3, moving: 1, AlreadyPresent: 1, Failed: 1 });
    expect(plan.artifacts.map(({ batch }) => batch)).toEqual(['b0001', null, null]);
    expect(plan.artifacts[2]?.failure).toEqual(FAILURE);
  });

  it('counts a shared layer once in each artifact, each batch and the whole', () => {
    const many = Array.from({ length: 51 }, (_, index) =>
      inspected(`a:${index}`, [
        ['base', 1000],
        [`own-${index}`, 1],
        ['base', 1000],
      ]),
    );
    const plan = buildDryRun(ROUTE, many);
    expect(plan.artifacts[0]?.bytes).toBe(1001);
    expect(plan.batches).toEqual([
      { path: 'b0001', artifacts: 50, bytes: 1050 },
      { path: 'b0002', artifacts: 1, bytes: 1001 },
    ]);
    expect(plan.bytes).toBe(1051);
  });

  it('estimates how long it would take by the pace of the route', () => {
    const pace = { samples: [10, 20].map((bytes) => ({ transfer: 'abc', bytes, seconds: 60 + bytes })) };
    const plan = buildDryRun(ROUTE, [inspected('a:1', [['x', 40]])], pace);
    expect(plan.estimatedSeconds).toBe(100);
  });

  it.each([
    [{}, 200],
    [{ export: 2, import: 3 }, 200],
    [{ export: 20, import: 1 }, 400],
    [{ export: 1 }, 400],
  ])('lets no more batches run side by side than there are slots: %j', (limits, seconds) => {
    const pace = { samples: [10, 20].map((bytes) => ({ transfer: 'abc', bytes, seconds: 100 })) };
    const many = Array.from({ length: 200 }, (_, index) => inspected(`a:${index}`, [[`own-${index}`, 1]]));
    const slots = Object.fromEntries(
      Object.entries(limits).map(([direction, limit]) => [direction, { registry: direction, limit }]),
    );
    const plan = buildDryRun(ROUTE, many, pace, slots);
    expect([plan.batches.length, plan.estimatedSeconds]).toEqual([4, seconds]);
  });

  it('names foreign layers, and layers over the 8 GB of the service', () => {
    const layers: [string, number, string?][] = [
      ['f', 1, 'foreign'],
      ['fits', 8_000_000_000],
      ['large', 8_000_000_001],
    ];
    expect(buildDryRun(ROUTE, [inspected('a:1', layers)]).artifacts[0]?.obstacles).toEqual([
      { code: 'FOREIGN_LAYER', digest: 'f', mediaType: 'foreign', bytes: 1 },
      { code: 'LAYER_TOO_LARGE', digest: 'large', mediaType: 'layer', bytes: 8_000_000_001 },
    ]);
  });
});
