import fc from 'fast-check';
import { isSourceRefused } from '../../../../src/domain/plan/copy-mode.ts';
import { blocksOf, type CopyPlan, countSlices, planCopy } from '../../../../src/domain/plan/copy-plan.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const TIB = 1024 * GIB;
const modes = fc.constantFrom<CopyPlan['mode']>('server', 'stream');

describe('planCopy', () => {
  it('tiles the archive with its blocks exactly', () => {
    fc.assert(
      fc.property(modes, fc.integer({ min: 1, max: 100 * GIB }), (mode, sizeBytes) => {
        const blocks = blocksOf(planCopy(mode, sizeBytes, '"e"'));
        let end = 0;
        for (const [index, block] of blocks.entries()) {
          if (block.index !== index || block.offset !== end || block.length < 1) throw new Error(`block ${index}`);
          end += block.length;
        }
        expect(end).toBe(sizeBytes);
      }),
      { numRuns: 15 },
    );
  });

  it('stays within the limits of the service up to 4.75 TiB', () => {
    fc.assert(
      fc.property(modes, fc.integer({ min: 1, max: 4.75 * TIB }), (mode, sizeBytes) => {
        const { blockBytes } = planCopy(mode, sizeBytes, '"e"');
        expect(blockBytes).toBeLessThanOrEqual(100 * MIB);
        expect(Math.ceil(sizeBytes / blockBytes)).toBeLessThanOrEqual(50_000);
      }),
    );
  });

  it.each<[CopyPlan['mode'], number]>([
    ['server', 4.75 * TIB],
    ['stream', 4.75 * TIB],
    ['stream', 50_000 * 8 * MIB],
    ['stream', 50_000 * 8 * MIB + 1],
  ])('has at most 50,000 blocks for a %s copy of %d bytes', (mode, sizeBytes) => {
    const plan = planCopy(mode, sizeBytes, '"e"');
    expect(Math.ceil(sizeBytes / plan.blockBytes)).toBeLessThanOrEqual(50_000);
  });

  it('streams in blocks of 8 MiB as long as they are few enough, and lets the server take larger ones', () => {
    expect(planCopy('stream', 100 * GIB, '"e"').blockBytes).toBe(8 * MIB);
    expect(planCopy('server', 100 * GIB, '"e"').blockBytes).toBe(52 * MIB);
    expect(planCopy('server', 1, '"e"').blockBytes).toBe(8 * MIB);
  });

  it('keeps size and ETag of the source', () => {
    expect(planCopy('server', 5, '"e"')).toMatchObject({ mode: 'server', sizeBytes: 5, sourceEtag: '"e"' });
  });
});

describe('blocksOf', () => {
  it('splits into slices that make up the whole', () => {
    fc.assert(
      fc.property(modes, fc.integer({ min: 0, max: 2 * GIB }), (mode, sizeBytes) => {
        const plan = planCopy(mode, sizeBytes, '"e"');
        const slices = Array.from({ length: countSlices(plan) }, (_, slice) => blocksOf(plan, slice));
        expect(slices.flat()).toEqual(blocksOf(plan));
        for (const blocks of slices) expect(blocks.length).toBeLessThanOrEqual(plan.sliceBlocks);
        for (const blocks of slices) expect(blocks.length).toBeGreaterThan(0);
      }),
    );
  });

  it('has nothing past the end, and nothing in an empty archive', () => {
    const plan = planCopy('server', 10, '"e"');
    expect(blocksOf(plan, 0)).toEqual([{ index: 0, offset: 0, length: 10 }]);
    expect(blocksOf(plan, 1)).toEqual([]);
    expect(countSlices(planCopy('server', 0, '"e"'))).toBe(0);
    expect(blocksOf(planCopy('server', 0, '"e"'))).toEqual([]);
  });
});

describe('isSourceRefused', () => {
  it('holds for what storage says of a source that it cannot read, and for nothing else', () => {
    const failure = (code: string) => ({ class: 'access' as const, code, message: '' });
    expect(isSourceRefused(failure('CannotVerifyCopySource'))).toBe(true);
    expect(isSourceRefused(failure('AuthorizationPermissionMismatch'))).toBe(false);
    expect(isSourceRefused(failure('SourceConditionNotMet'))).toBe(false);
  });
});
