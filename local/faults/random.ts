/** Largest seed. */
export const MAX_SEED = 0xffff_ffff;

/**
 * Numbers from 0 to below 1 that look random and are the same for the same seed (an integer from 0 to
 * {@link MAX_SEED}): mulberry32.
 */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The seed of the rule with a number, from the one seed of all: rules do not share their numbers. */
export function deriveSeed(seed: number, ruleNumber: number): number {
  return Math.floor(seededRandom((seed ^ Math.imul(ruleNumber, 0x9e3779b1)) >>> 0)() * MAX_SEED);
}
