import { parseArgs } from 'node:util';
import { DEMONSTRATIONS, readFault } from '../faults/demonstrations.ts';
import { MAX_SEED } from '../faults/random.ts';
import type { FaultRuleInput } from '../faults/rule.ts';

export interface StartArguments {
  /** Transfer the samples, print the report, stop. */
  once: boolean;
  /** With `once`: the transfer document on standard output, and nothing else there. */
  json: boolean;
  help: boolean;
  /** In force from before the samples are transferred. */
  faults: FaultRuleInput[];
  /** What all draws of faults derive from; left out, a new one. */
  faultSeed: number | undefined;
}

export const USAGE = `npm start [-- [--once [--json]] [--fault <name or rule>]… [--fault-seed <number>]]

  Brings up the local cloud and the app, transfers what is in the source registry, and stays up.

  --once   transfer, print the report and stop: exit code 0 when every artifact arrived, 1 when not
  --json   with --once: print the transfer document on standard output, and nothing else there
  --fault  break calls: ${Object.keys(DEMONSTRATIONS).join(', ')},
           or a rule as JSON (docs/local-cloud.md); may be given more than once
  --fault-seed  what random faults are drawn from, 0 to ${MAX_SEED}: the same number, the same draws
  --help   this text

  LOCAL_DIR              folder of all state (default .local)
  LOCAL_SAMPLES          small leaves out the sample image of over 100 MB (default large)
  LOCAL_STORAGE_ACCESS   SasToken or ManagedIdentity, for pipelines that are made anew (default SasToken)
  LOCAL_RUN_MS           milliseconds that a pipeline run takes at least (default 0)
  LOCAL_PORT_FUNCTIONS, LOCAL_PORT_PROXY, …   a port each; 0 takes any free one

Exit codes: 0 all arrived, 1 not all arrived or a part failed, 2 wrong usage, 3 a port is taken.
`;

const OPTIONS = {
  once: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
  fault: { type: 'string', multiple: true },
  'fault-seed': { type: 'string' },
} as const;

/** Reads the command line. @throws RangeError that says what was found and what is allowed */
export function parseArguments(args: readonly string[]): StartArguments {
  const values = readOptions(args);
  const { once = false, json = false, help = false, fault = [] } = values;
  if (json && !once) throw new RangeError('--json was given without --once; allowed: --once --json.');
  return { once, json, help, faults: fault.map(readFault), faultSeed: readSeed(values['fault-seed']) };
}

function readOptions(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new RangeError((error as Error).message);
  }
}

function readSeed(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,10}$/.test(text) && Number(text) <= MAX_SEED) return Number(text);
  throw new RangeError(`--fault-seed is '${text}'; allowed: 0 to ${MAX_SEED}.`);
}

export interface StartSettings {
  largeSamples: boolean;
  storageAccess: 'SasToken' | 'ManagedIdentity';
  minimumRunMs: number;
}

/** Reads the `LOCAL_…` variables. @throws RangeError that says what was found and what is allowed */
export function readStartSettings(variables: Readonly<Record<string, string | undefined>>): StartSettings {
  const samples = oneOf(variables, 'LOCAL_SAMPLES', ['large', 'small']);
  const storageAccess = oneOf(variables, 'LOCAL_STORAGE_ACCESS', ['SasToken', 'ManagedIdentity']);
  const minimumRunMs = Number(variables.LOCAL_RUN_MS ?? 0);
  if (!(minimumRunMs >= 0)) throw new RangeError(`LOCAL_RUN_MS is '${variables.LOCAL_RUN_MS}'; allowed: 0 or more.`);
  return { largeSamples: samples === 'large', storageAccess, minimumRunMs };
}

function oneOf<T extends string>(
  variables: Readonly<Record<string, string | undefined>>,
  name: string,
  allowed: readonly [T, ...T[]],
): T {
  const value = variables[name] ?? allowed[0];
  const found = allowed.find((item) => item === value);
  if (found === undefined) throw new RangeError(`${name} is '${value}'; allowed: ${allowed.join(', ')}.`);
  return found;
}
