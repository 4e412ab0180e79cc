import { countPuts, faultsOfArrival, faultsOfMissingRuns, faultsOfPuts, faultsOfRuns } from './account.ts';
import { type CampaignArtifact, makeArtifact, nameOf, pushAll } from './artifacts.ts';
import { kill, untilCall, type Victim, type World } from './world.ts';

/** A transfer of a few artifacts in the middle of which something was killed. */
export interface KillResult {
  id: string;
  victim: Victim;
  /** The call after which the signal was sent, of about `ofCalls`. */
  atCall: number;
  ofCalls: number;
  /** Step of the first batch when it was sent. */
  step: string;
  /** Manifests that a run which had to begin again put once more, with the same digest. */
  repeatedPuts: number;
  durationMs: number;
  faults: string[];
}

const SMALL_BYTES = 2000;
const LARGE_BYTES = 3_000_000;
const SMALL_ARTIFACTS = 4;

/** Calls of a transfer in which nothing is killed: the scale on which moments are given. */
export async function measureCalls(world: World, name: string): Promise<number> {
  const artifacts = await prepare(world, name);
  await world.calls.read();
  const before = world.calls.count;
  await world.start(name, artifacts.map(nameOf));
  await untilCall(world, name, Number.POSITIVE_INFINITY);
  const calls = world.calls.count - before;
  const document = await world.follow(name);
  const faults = await faultsOfArrival(world, document, artifacts);
  if (faults.length > 0) throw new Error(`An undisturbed transfer failed: ${faults.join('; ')}`);
  return calls;
}

/** One transfer, killed after `fraction` (0 to 1) of `ofCalls` calls, followed to its end and accounted for. */
export async function killDuring(
  world: World,
  id: string,
  { victim, fraction, ofCalls }: { victim: Victim; fraction: number; ofCalls: number },
): Promise<KillResult> {
  const artifacts = await prepare(world, id);
  const startedAtMs = performance.now();
  await world.calls.read();
  const [before, runsBefore] = [world.calls.count, world.calls.kept('PutRun').length];
  // Not awaited: a moment may come before the request is answered. It is asked again until it is.
  const started = world.start(id, artifacts.map(nameOf));
  const refused = started.then(() => new Promise<never>(() => {}));
  const step = await Promise.race([untilCall(world, id, before + Math.floor(fraction * ofCalls)), refused]);
  const atCall = world.calls.count - before;
  await Promise.all([kill(world, victim), started]);
  const document = await world.follow(id);
  const durationMs = performance.now() - startedAtMs;
  await world.calls.read();
  const puts = [...countPuts(world.calls, `kills/${id}/`).values()];
  const repeatedPuts = puts.reduce((sum, count) => sum + count - 1, 0);
  const faults = [
    ...(await faultsOfArrival(world, document, artifacts)),
    ...faultsOfRuns(world.calls, document, runsBefore),
    // Emulators that die take calls along that were not read yet: only their record is whole that outlives the kill.
    ...(victim === 'host' ? faultsOfPuts(world.calls, artifacts) : []),
    ...(victim === 'host' ? faultsOfMissingRuns(world.calls, document, runsBefore) : []),
  ];
  return { id, victim, atCall, ofCalls, step, repeatedPuts, durationMs, faults };
}

async function prepare(world: World, id: string): Promise<CampaignArtifact[]> {
  const sizes = [...Array<number>(SMALL_ARTIFACTS).fill(SMALL_BYTES), LARGE_BYTES];
  const seed = [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_000_007, 7);
  const artifacts = sizes.map((layerBytes, index) =>
    makeArtifact({ repository: `kills/${id}/app${index}`, tag: 'v1', seed: seed * 10 + index, layerBytes }),
  );
  await pushAll(world.stack.registry('source'), artifacts);
  return artifacts;
}
