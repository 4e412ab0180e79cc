import fc from 'fast-check';
import type { Artifact } from '../../../src/domain/artifact.ts';

const LOWER = 'abcdefghijklmnopqrstuvwxyz0123456789'.split('');
const HEX = '0123456789abcdef'.split('');
const TAG_START = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_'.split('');

function letters(from: string[], minLength: number, maxLength: number) {
  return fc.string({ unit: fc.constantFrom(...from), minLength, maxLength });
}

const component = fc
  .tuple(
    letters(LOWER, 1, 8),
    fc.array(fc.tuple(fc.constantFrom('.', '_', '__', '-', '--'), letters(LOWER, 1, 6)), { maxLength: 2 }),
  )
  .map(([head, tail]) => head + tail.flat().join(''));

/** Repository names of the distribution specification's grammar. */
export const repositories = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

export const digests = letters(HEX, 64, 64).map((hex) => `sha256:${hex}`);

const tags = fc
  .tuple(fc.constantFrom(...TAG_START), letters([...TAG_START, '.', '-'], 0, 127))
  .map(([first, rest]) => first + rest);

export const artifacts: fc.Arbitrary<Artifact> = fc.oneof(
  fc.record({ repository: repositories, tag: tags }),
  fc.record({ repository: repositories, digest: digests }),
);

/** Ids of the form that a transfer may have. */
export const transferIds = fc
  .tuple(letters(LOWER, 1, 1), letters([...LOWER, '-'], 1, 61), letters(LOWER, 1, 1))
  .map((parts) => parts.join(''));

/** Paths of batches: plain ones, halves and rests. */
export const batchPaths = fc
  .tuple(fc.integer({ min: 1, max: 20_000 }), letters(['l', 'r', 'x'], 0, 6))
  .map(([index, rest]) => `b${String(index).padStart(4, '0')}${rest}`);

export const attempts = fc.integer({ min: 1, max: 99 });
