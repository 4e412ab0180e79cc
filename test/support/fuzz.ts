import fc, { type Parameters } from 'fast-check';

/** What one case may take, in milliseconds: not a speed, what takes so long hangs. */
export const CASE_DEADLINE_MS = 60_000;

/**
 * How often a fuzzed property is tried: `defaultRuns`, or as often as `FUZZ_RUNS` says. fast-check prints the seed of a
 * failure; `FUZZ_SEED` gives it back to repeat the same cases. A case that does not come to an end in time has failed.
 */
export function fuzzed<T>(defaultRuns: number): Parameters<T> {
  const { FUZZ_RUNS, FUZZ_SEED } = process.env;
  return {
    numRuns: wholeNumber('FUZZ_RUNS', FUZZ_RUNS) ?? defaultRuns,
    timeout: CASE_DEADLINE_MS,
    ...seedOf(wholeNumber('FUZZ_SEED', FUZZ_SEED)),
  };
}

/** The time limit of a test with a fuzzed property, in milliseconds; a campaign takes as long as it takes. */
export const FUZZ_TIMEOUT_MS = process.env.FUZZ_RUNS === undefined ? 120_000 : 24 * 3_600_000;

function seedOf(seed: number | undefined): { seed?: number } {
  return seed === undefined ? {} : { seed };
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^-?\d{1,12}$/.test(text)) return Number(text);
  throw new Error(`${name} is '${text}'; allowed is a whole number`);
}

/** The same bytes; where they are a counterexample fast-check prints their first characters instead of every number. */
export function summarized(bytes: Buffer): Buffer {
  const text = () => `${bytes.length} bytes: ${JSON.stringify(bytes.toString('latin1', 0, 400))}`;
  return Object.defineProperty(bytes, fc.toStringMethod, { value: text });
}
