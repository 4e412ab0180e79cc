import { parseArgs } from 'node:util';
import { MAX_SEED } from '../local/faults/random.ts';

/** What a campaign can run, in the order in which `all` runs them. */
export const PARTS = ['kills', 'cancel', 'storm', 'fuzz'] as const;
export type CampaignPart = (typeof PARTS)[number];

/** What is run, and how much of it. */
export interface CampaignOptions {
  parts: readonly CampaignPart[];
  /** What all randomness derives from. */
  seed: number;
  /** Transfers in which the Functions host is killed. */
  hostKills: number;
  /** Transfers in which the process of the emulators is killed. */
  cloudKills: number;
  /** Transfers in which Azurite alone is killed. */
  azuriteKills: number;
  /** Transfers that are canceled, each at another call. */
  cancels: number;
  /** Artifacts of the storm; 3 of 100 are poisoned. */
  artifacts: number;
  /** Kills of the host in the storm. */
  stormKills: number;
  /** Runs of all fuzzed properties together. */
  fuzzRuns: number;
}

const DEFAULTS = {
  seed: 20_261,
  'host-kills': 100,
  'cloud-kills': 20,
  'azurite-kills': 20,
  cancels: 40,
  artifacts: 1000,
  'storm-kills': 5,
  'fuzz-runs': 1_000_000,
} as const;
type NumberName = keyof typeof DEFAULTS;

export const USAGE = `npm run campaign [-- <part>… [--<number> <n>]…]

  Parts: ${PARTS.join(', ')}; without one, all of them. Numbers, with their defaults:
${Object.entries(DEFAULTS)
  .map(([name, value]) => `    --${name} ${value}`)
  .join('\n')}

  Ends with 1 when anything was not as it must be, with 2 for wrong usage. docs/reliability.md tells what is checked.
`;

/** Reads the command line. @throws RangeError that says what was found and what is allowed */
export function readOptions(args: readonly string[]): CampaignOptions {
  const { values, positionals } = parse(args);
  const unknown = positionals.find((name) => !PARTS.some((part) => part === name));
  if (unknown !== undefined) throw new RangeError(`The part '${unknown}' is none; allowed: ${PARTS.join(', ')}.`);
  const number = (name: NumberName) => readNumber(name, values[name]);
  return {
    parts: positionals.length === 0 ? PARTS : PARTS.filter((part) => positionals.includes(part)),
    seed: number('seed'),
    hostKills: number('host-kills'),
    cloudKills: number('cloud-kills'),
    azuriteKills: number('azurite-kills'),
    cancels: number('cancels'),
    artifacts: number('artifacts'),
    stormKills: number('storm-kills'),
    fuzzRuns: number('fuzz-runs'),
  };
}

function parse(args: readonly string[]) {
  const names = Object.keys(DEFAULTS) as NumberName[];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    return { values: values as Partial<Record<NumberName, string>>, positionals };
  } catch (error) {
    throw new RangeError((error as Error).message);
  }
}

function readNumber(name: NumberName, text: string | undefined): number {
  if (text === undefined) return DEFAULTS[name];
  const value = Number(text);
  if (/^\d{1,10}$/.test(text) && value <= MAX_SEED) return value;
  throw new RangeError(`--${name} is '${text}'; allowed: a whole number from 0 to ${MAX_SEED}.`);
}
