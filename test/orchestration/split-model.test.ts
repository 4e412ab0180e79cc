import fc from 'fast-check';
import { DEFAULT_SPLIT_RUNS } from '../../src/domain/route/route.ts';
import { nameOf, type Poison, playBatch, type Story, type WorldOptions } from './split-world.ts';

const QUIET: Omit<WorldOptions, 'artifacts' | 'poison'> = {
  goesOn: new Set(),
  importsInOrder: false,
  busy: [],
};

function outcomesOf({ report }: Story): (string | null)[] {
  return (report.artifacts ?? []).map(({ outcome }) => outcome);
}

function lastCodeOf({ report }: Story, index: number): string | undefined {
  return report.artifacts?.[index]?.attempts.at(-1)?.code;
}

/** Exactly the poisoned fail, the rest arrives. */
function modelOf({ artifacts, poison }: WorldOptions): string[] {
  return Array.from({ length: artifacts }, (_, index) => (poison.has(index) ? 'Failed' : 'Transferred'));
}

function worlds(kinds: Poison['kind'][], maxSplitRuns: fc.Arbitrary<number>, most = 8): fc.Arbitrary<WorldOptions> {
  const poison = fc.record({ step: fc.constantFrom('Export', 'Import'), kind: fc.constantFrom(...kinds) });
  return fc.integer({ min: 1, max: 50 }).chain((artifacts) =>
    fc.record({
      artifacts: fc.constant(artifacts),
      poison: fc
        .array(fc.tuple(fc.nat({ max: artifacts - 1 }), poison), { maxLength: most })
        .map((entries) => new Map<number, Poison>(entries)),
      goesOn: fc.subarray<'Export' | 'Import'>(['Export', 'Import']).map((steps) => new Set(steps)),
      importsInOrder: fc.boolean(),
      busy: fc.array(fc.boolean(), { maxLength: 30 }),
      twice: fc.boolean(),
      settings: maxSplitRuns.map((runs) => ({ maxSplitRuns: runs })),
    }),
  );
}

/** At most two tries in a row are refused as busy, so that the retry policy's three get through. */
function tame(options: WorldOptions): WorldOptions {
  return { ...options, busy: options.busy.map((isBusy, index) => isBusy && index % 3 !== 2) };
}

describe('a batch that is handed over, of which some artifacts are poisoned', () => {
  it('hands over all but those that cannot be exported, and sends nothing after what it left', async () => {
    const anyWorld = worlds(['gone', 'named'], fc.constant(200)).map(tame);
    await fc.assert(
      fc.asyncProperty(anyWorld, async (world) => {
        // What an import would meet is the other side's to say. A pipeline that goes on over errors does not tell what it
        // left out: the other side finds that.
        const poison = new Map([...world.poison].filter(([, { step }]) => step === 'Export'));
        const settings = { ...world.settings, reach: 'Export', receipts: 'required' } as const;
        const story = await playBatch({ ...world, goesOn: new Set(), poison, settings });
        expect(story.error).toBeUndefined();
        const model = Array.from({ length: world.artifacts }, (_, index) =>
          poison.has(index) ? 'Failed' : 'HandedOver',
        );
        expect(outcomesOf(story)).toEqual(model);
        expect(story.calls.some(({ name }) => name === 'copyArchive')).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  it('hands over all of a run that went through, also where the pipeline goes on over errors', async () => {
    const poison = new Map<number, Poison>([[1, { step: 'Export', kind: 'alike' }]]);
    const settings = { reach: 'Export', receipts: 'required' } as const;
    const story = await playBatch({ ...QUIET, artifacts: 5, poison, goesOn: new Set(['Export']), settings });
    expect(outcomesOf(story)).toEqual(Array(5).fill('HandedOver'));
    expect(story.exports).toHaveLength(1);
  });
});

describe('a batch of which some artifacts are poisoned', () => {
  it('ends as the model does, for any set of them, all if need be, and any answers that tell runs apart', async () => {
    const anyWorld = worlds(['gone', 'named'], fc.constant(DEFAULT_SPLIT_RUNS), 50).map(tame);
    await fc.assert(
      fc.asyncProperty(anyWorld, async (options) => {
        const story = await playBatch(options);
        expect(story.error).toBeUndefined();
        expect(outcomesOf(story)).toEqual(modelOf(options));
        expect(story.exports.length).toBeLessThanOrEqual(2 + DEFAULT_SPLIT_RUNS);
        for (const [index, { kind }] of options.poison) {
          if (kind === 'gone') expect(lastCodeOf(story, index)).toBe('ARTIFACT_GONE');
          else expect(['RUN_FAILED', 'NOT_ARRIVED']).toContain(lastCodeOf(story, index));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('lets no poisoned one arrive and no good one fail but as not isolated, and keeps within its runs', async () => {
    await fc.assert(
      fc.asyncProperty(
        worlds(['gone', 'named', 'alike'], fc.integer({ min: 0, max: 60 })).map(tame),
        async (options) => {
          const story = await playBatch(options);
          expect(story.error).toBeUndefined();
          expect(story.exports.length).toBeLessThanOrEqual(2 + (options.settings?.maxSplitRuns ?? 0));
          const model = modelOf(options);
          outcomesOf(story).forEach((outcome, index) => {
            if (outcome === model[index]) return;
            expect([outcome, model[index], lastCodeOf(story, index)]).toEqual([
              'Failed',
              'Transferred',
              'NOT_ISOLATED',
            ]);
          });
        },
      ),
      { numRuns: 100 },
    );
  });

  it('isolates one culprit among n in 2 + 2 ⌈log2 n⌉ runs: 14 for 50, of which 12 are of parts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 50 }),
        fc.nat(),
        fc.constantFrom('Export', 'Import'),
        fc.boolean(),
        async (artifacts, place, step, importsInOrder) => {
          const culprit = place % artifacts;
          const poison = new Map<number, Poison>([[culprit, { step, kind: 'alike' }]]);
          const story = await playBatch({ ...QUIET, artifacts, poison, importsInOrder });
          expect(outcomesOf(story)).toEqual(modelOf({ ...QUIET, artifacts, poison }));
          expect(story.exports.length).toBeLessThanOrEqual(2 + 2 * Math.ceil(Math.log2(artifacts)));
          expect(lastCodeOf(story, culprit)).toBe('RUN_FAILED');
        },
      ),
      { numRuns: 60 },
    );
  });

  it('brings the good ones though any one of its runs fails for another reason', async () => {
    const poison = new Map<number, Poison>([[2, { step: 'Export', kind: 'alike' }]]);
    for (let outageAt = 0; outageAt < 8; outageAt++) {
      const world = { ...QUIET, artifacts: 7, poison, outageAt };
      const story = await playBatch(world);
      expect(outcomesOf(story)).toEqual(modelOf(world));
      expect(story.exports.length).toBeLessThanOrEqual(2 + 2 * 3 + 2);
    }
  });

  it('stops when splitting tells nothing: eight runs for a batch that fails alike whatever is in it', async () => {
    const all = Array.from({ length: 50 }, (_, index): [number, Poison] => [index, { step: 'Export', kind: 'alike' }]);
    const story = await playBatch({ ...QUIET, artifacts: 50, poison: new Map(all) });
    expect(story.exports.map((names) => names.length)).toEqual([50, 50, 25, 25, 13, 12, 13, 12]);
    expect(new Set(all.map(([index]) => lastCodeOf(story, index)))).toEqual(new Set(['NOT_ISOLATED']));
    const last = story.report.artifacts?.[0]?.attempts.at(-1);
    expect(last).toMatchObject({ class: 'service', message: expect.stringContaining('something was wrong') });
    expect(last?.correlationId).toBe(`c-${last?.run}`);
  });

  it('sends nothing a second time but what failed, and shows the parts that each artifact was in', async () => {
    const poison = new Map<number, Poison>([[3, { step: 'Import', kind: 'named' }]]);
    const { report, exports } = await playBatch({ ...QUIET, artifacts: 4, poison });
    expect(exports.map((names) => names.length)).toEqual([4, 4, 2, 2, 1, 1]);
    expect(report.artifacts?.map(({ batch }) => batch)).toEqual(['b0001l', 'b0001l', 'b0001rl', 'b0001rr']);
    expect(report.batches.map(({ path, step }) => [path, step])).toEqual(
      ['b0001', 'b0001l', 'b0001r', 'b0001rl', 'b0001rr'].map((path) => [path, 'Done']),
    );
    const runs = report.artifacts?.map(({ attempts }) => attempts.map(({ run }) => run));
    expect(runs?.map((list) => list.length)).toEqual([2, 2, 3, 4]);
    expect(runs?.[3]?.slice(0, 3)).toEqual(runs?.[2]);
    expect(new Set(runs?.[3]).size).toBe(4);
  });

  it('whose pipelines go on over errors takes one run, and one more for what was left behind', async () => {
    const poison = new Map<number, Poison>([[1, { step: 'Export', kind: 'named' }]]);
    const goesOn = new Set(['Export', 'Import'] as const);
    const story = await playBatch({ ...QUIET, artifacts: 5, poison, goesOn });
    expect(story.exports).toEqual([[0, 1, 2, 3, 4].map(nameOf), [nameOf(1)]]);
    const codes = story.report.artifacts?.[1]?.attempts.map(({ step, code }) => [step, code]);
    expect(codes).toEqual([
      ['Export', 'NOT_ARRIVED'],
      ['Export', 'RUN_FAILED'],
    ]);
    expect(story.report.artifacts?.[1]?.attempts[0]?.message).toContain('no blob for app/a1:v1');
  });

  it('is tried once where the transfer does not continue on errors', async () => {
    const poison = new Map<number, Poison>([[0, { step: 'Export', kind: 'named' }]]);
    const story = await playBatch({ ...QUIET, artifacts: 5, poison, settings: { continueOnErrors: false } });
    expect(story.exports).toHaveLength(1);
    expect(outcomesOf(story)).toEqual(Array(5).fill('Failed'));
    expect(story.report.state).toBe('Failed');
  });

  it('has a history that the size of the transfer does not change, and that maxSplitRuns bounds', async () => {
    const poison = new Map(
      Array.from({ length: 25 }, (_, index): [number, Poison] => [2 * index, { step: 'Import', kind: 'named' }]),
    );
    const sizes = [];
    for (const artifacts of [50, 400]) {
      const story = await playBatch({ ...QUIET, artifacts, poison });
      sizes.push(story.calls.length);
      expect(story.calls.length).toBeLessThanOrEqual(12 * (2 + 40));
    }
    expect(sizes[1]).toBe(sizes[0]);
  });
});
