import { localRoute } from '../local/app/environment.ts';
import { seededRandom } from '../local/faults/random.ts';
import { cancelDuring } from './cancel.ts';
import { runFuzz } from './fuzz.ts';
import { type KillResult, killDuring, measureCalls } from './kills.ts';
import { type CampaignOptions, type CampaignPart, readOptions, USAGE } from './options.ts';
import { runStorm } from './storm.ts';
import { openWorld, type Victim, type World } from './world.ts';

/** `npm run campaign`: the long runs. Prints a line for each run, at once, and the faults of all at the end. */
const ROUTE = localRoute({
  maxParallelBatches: 5,
  retry: { attempts: 4, firstDelaySeconds: 1, factor: 2, maxDelaySeconds: 10 },
});

/** Calls that a transfer of the sweep makes, about. */
const CALLS_TO_CANCEL_IN = 1200;

function say(line: string): void {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
}

async function runKills(world: World, options: CampaignOptions): Promise<string[]> {
  // The first one also gets tokens and opens connections, which later ones share.
  await measureCalls(world, 'first');
  const ofCalls = await measureCalls(world, 'undisturbed');
  say(`kills: an undisturbed transfer makes ${ofCalls} calls`);
  const random = seededRandom(options.seed);
  const faults: string[] = [];
  const series: [Victim, number][] = [
    ['host', options.hostKills],
    ['cloud', options.cloudKills],
    ['azurite', options.azuriteKills],
  ];
  for (const [victim, count] of series) {
    for (let index = 0; index < count; index++) {
      const moment = { victim, fraction: (index + random()) / count, ofCalls };
      const result = await killDuring(world, `${victim}-${index}`, moment);
      say(describeKill(result));
      faults.push(...result.faults.map((fault) => `${result.id}: ${fault}`));
    }
  }
  return faults;
}

function describeKill({ id, atCall, ofCalls, step, repeatedPuts, durationMs, faults }: KillResult): string {
  const end = faults.length === 0 ? 'ok' : `FAULTS ${faults.join('; ')}`;
  const puts = repeatedPuts === 0 ? '' : `, ${repeatedPuts} manifests put again`;
  return `${id}: killed at call ${atCall} of ${ofCalls} (${step}), ${(durationMs / 1000).toFixed(1)} s${puts}: ${end}`;
}

async function runTheStorm(world: World, { artifacts, stormKills, seed }: CampaignOptions): Promise<string[]> {
  const onProgress = (line: string) => say(`storm: ${line}`);
  const startedAtMs = performance.now();
  const result = await runStorm(world, { id: `storm-${seed}`, artifacts, kills: stormKills, onProgress });
  const { document, good, poisoned, calls, broken, faults } = result;
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(0);
  const share = ((100 * broken) / calls).toFixed(1);
  say(
    `storm: ${good} good, ${poisoned} poisoned: ${JSON.stringify(document.counts)} in ${document.batches.length} parts`,
  );
  say(`storm: ${calls} calls, ${broken} broken (${share} %), ${seconds} s`);
  return faults.map((fault) => `storm: ${fault}`);
}

async function runCancels(world: World, { cancels, seed }: CampaignOptions): Promise<string[]> {
  const random = seededRandom(seed);
  const faults: string[] = [];
  for (let index = 0; index < cancels; index++) {
    const call = Math.floor(((index + random()) / cancels) * CALLS_TO_CANCEL_IN);
    const result = await cancelDuring(world, `cancel-${index}`, call);
    const { Transferred, Canceled } = result.counts;
    const end = result.faults.length === 0 ? 'ok' : `FAULTS ${result.faults.join('; ')}`;
    say(
      `${result.id}: canceled at call ${call} (${result.step}): ${Transferred} arrived, ${Canceled} canceled: ${end}`,
    );
    faults.push(...result.faults.map((fault) => `${result.id}: ${fault}`));
  }
  return faults;
}

const RUN: Record<Exclude<CampaignPart, 'fuzz'>, (world: World, options: CampaignOptions) => Promise<string[]>> = {
  kills: runKills,
  cancel: runCancels,
  storm: runTheStorm,
};

async function main(options: CampaignOptions): Promise<number> {
  say(`seed ${options.seed}`);
  const faults: string[] = [];
  for (const part of options.parts) {
    if (part === 'fuzz') {
      faults.push(...(await runFuzz(options.fuzzRuns, options.seed, say)));
      continue;
    }
    const world = await openWorld({
      settings: { ROUTES_JSON: JSON.stringify([ROUTE]) },
      faultSeed: options.seed,
      storageAccess: 'SasToken',
    });
    try {
      faults.push(...(await RUN[part](world, options)));
    } finally {
      await world.stop();
    }
  }
  for (const fault of faults) say(`FAULT ${fault}`);
  say(faults.length === 0 ? 'No faults.' : `${faults.length} faults.`);
  return faults.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(readOptions(process.argv.slice(2)));
} catch (error) {
  const isUsage = error instanceof RangeError;
  process.stderr.write(
    `${isUsage ? `${error.message}\n\n${USAGE}` : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exitCode = isUsage ? 2 : 1;
}
