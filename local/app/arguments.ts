import { parseArgs } from 'node:util';
import { DEMONSTRATIONS, readFault } from '../faults/demonstrations.ts';
import { MAX_SEED } from '../faults/random.ts';
import type { FaultRuleInput } from '../faults/rule.ts';

/**
 * What `npm start` brings up: both clouds with one tenant and one app; two tenants, or two clouds, with one app on both
 * sides; or two apps in two clouds that never call each other.
 */
export const MODES = ['one-tenant', 'two-tenants', 'two-clouds', 'two-sided'] as const;
export type Mode = (typeof MODES)[number];

export interface StartArguments {
  mode: Mode;
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

export const USAGE = `npm start [-- [--two-tenants | --two-clouds | --two-sided] [--once [--json]] [--fault <name or rule>]… [--fault-seed <number>]]

  Brings up the local cloud and the app, transfers what is in the source registry, and stays up.

  --once          transfer, print the report and stop: exit code 0 when every artifact arrived, 1 when not
  --json          with --once: print the transfer document on standard output, and nothing else there
  --two-tenants   each cloud has a tenant of its own; the app signs in in the target's with its identity's token
  --two-clouds    the same with a certificate, as between clouds
  --two-sided     an app on each side, in clouds that never call each other; a carrier copies files between them
                  (with --once --json: one document that shows both sides)
  --fault         break calls: ${Object.keys(DEMONSTRATIONS).join(', ')},
                  or a rule as JSON (docs/local-cloud.md); may be given more than once, with one tenant only
  --fault-seed    what random faults are drawn from, 0 to ${MAX_SEED}: the same number, the same draws
  --help          this text

  LOCAL_DIR              folder of all state (default .local)
  LOCAL_SAMPLES          small leaves out the sample image of over 100 MB (default large)
  LOCAL_STORAGE_ACCESS   SasToken or ManagedIdentity, for pipelines that are made anew (default SasToken)
  LOCAL_RUN_MS           milliseconds that a pipeline run takes at least (default 0)
  LOCAL_PORT_FUNCTIONS, LOCAL_PORT_PROXY, …   a port each; 0 takes any free one
  LOCAL_PORT_TARGET_FUNCTIONS, …              the same for the target's cloud where it is one of its own

Exit codes: 0 all arrived, 1 not all arrived or a part failed, 2 wrong usage, 3 a port is taken.
`;

const OPTIONS = {
  once: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
  'two-tenants': { type: 'boolean' },
  'two-clouds': { type: 'boolean' },
  'two-sided': { type: 'boolean' },
  fault: { type: 'string', multiple: true },
  'fault-seed': { type: 'string' },
} as const;

/** Reads the command line. @throws RangeError that says what was found and what is allowed */
export function parseArguments(args: readonly string[]): StartArguments {
  const values = readOptions(args);
  const { once = false, json = false, help = false, fault = [] } = values;
  if (json && !once) throw new RangeError('--json was given without --once; allowed: --once --json.');
  const mode = readMode(values);
  const faultSeed = readSeed(values['fault-seed']);
  if (mode !== 'one-tenant' && (fault.length > 0 || faultSeed !== undefined)) {
    throw new RangeError(`--fault was given with --${mode}; allowed: with none of the --two-… modes.`);
  }
  return { mode, once, json, help, faults: fault.map(readFault), faultSeed };
}

function readMode(values: Partial<Record<Mode, boolean>>): Mode {
  const modes = MODES.filter((mode) => mode !== 'one-tenant' && values[mode]);
  if (modes.length <= 1) return modes[0] ?? 'one-tenant';
  throw new RangeError(`${modes.map((mode) => `--${mode}`).join(' and ')} were given; allowed: one of them.`);
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
  /** Milliseconds between two looks of the import pipelines' source trigger. */
  sourceTriggerDelayMs: number;
  /** Milliseconds between its listing of a blob and the start of the run. */
  sourceTriggerStartDelayMs: number;
}

/** The service's own trigger starts an import within 15 minutes of a blob's arrival. */
const SOURCE_TRIGGER_SECONDS = '900';
const MAX_DELAY_MS = 24 * 3_600_000;

/** Reads the `LOCAL_…` variables. @throws RangeError that says what was found and what is allowed */
export function readStartSettings(variables: Readonly<Record<string, string | undefined>>): StartSettings {
  const samples = oneOf(variables, 'LOCAL_SAMPLES', ['large', 'small']);
  const storageAccess = oneOf(variables, 'LOCAL_STORAGE_ACCESS', ['SasToken', 'ManagedIdentity']);
  const minimumRunMs = Number(variables.LOCAL_RUN_MS ?? 0);
  if (!(minimumRunMs >= 0)) throw new RangeError(`LOCAL_RUN_MS is '${variables.LOCAL_RUN_MS}'; allowed: 0 or more.`);
  const sourceTriggerDelayMs = readDelayMs(variables, 'LOCAL_SOURCE_TRIGGER_SECONDS', SOURCE_TRIGGER_SECONDS);
  if (sourceTriggerDelayMs === 0) throw new RangeError("LOCAL_SOURCE_TRIGGER_SECONDS is '0'; allowed: more than 0.");
  const sourceTriggerStartDelayMs = readDelayMs(variables, 'LOCAL_SOURCE_TRIGGER_START_SECONDS', '0');
  const delays = { sourceTriggerDelayMs, sourceTriggerStartDelayMs };
  return { largeSamples: samples === 'large', storageAccess, minimumRunMs, ...delays };
}

function readDelayMs(variables: Readonly<Record<string, string | undefined>>, name: string, otherwise: string): number {
  const text = variables[name] ?? otherwise;
  const delayMs = Number(text) * 1000;
  if (delayMs >= 0 && delayMs < MAX_DELAY_MS) return delayMs;
  throw new RangeError(`${name} is '${text}'; allowed: 0 or more, less than ${MAX_DELAY_MS / 1000}.`);
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
