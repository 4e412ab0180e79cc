import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultRuleInput } from '../local/faults/rule.ts';
import { isFinalState, type Outcome } from '../src/domain/outcome.ts';
import type { TransferDocument } from '../src/domain/transfer/transfer-document.ts';
import { countPuts, faultsInTarget, faultsOfPuts, faultsOfReport } from './account.ts';
import { type CampaignArtifact, makeArtifact, nameOf, pushAll } from './artifacts.ts';
import { kill, type World } from './world.ts';

/** How a storm is run. All that is drawn derives from the seed of the world's faults. */
export interface StormOptions {
  id: string;
  /** 3 of 100 are poisoned. */
  artifacts: number;
  /** Kills of the Functions host, spread over what arrives. */
  kills: number;
  /** Told of each kill, and of each tenth of what arrives. */
  onProgress?: (line: string) => void;
}

/** What a storm came to. */
export interface StormResult {
  document: TransferDocument;
  good: number;
  poisoned: number;
  /** Calls that were served or broken meanwhile, and those that were broken. */
  calls: number;
  broken: number;
  faults: string[];
}

const POISONED_OF_100 = 3;
const LAYER_BYTES = 500;
const LOOK_MS = 500;
const HANG_LIMIT_MS = 1500;

/** What is wrong with a poisoned artifact, and the words by which a true report tells it. */
const POISONS = [
  { name: 'foreign', words: 'foreign layer' },
  { name: 'lost', words: 'lost in the storm' },
  { name: 'unreadable', words: 'unreadable in the storm' },
] as const;
type PoisonName = (typeof POISONS)[number]['name'];

const THROTTLING = ['arm', 'vault', 'registrySource', 'registryTarget'] as const;
const STORAGE = ['blob'] as const;

interface Weather {
  /** Of all calls. */
  share: number;
  fault: FaultRuleInput['fault'];
}

/** What befalls calls of every service; with the answers of busy services it is a tenth of all calls. */
const WEATHER: readonly Weather[] = [
  { share: 0.02, fault: { kind: 'status', status: 500 } },
  { share: 0.02, fault: { kind: 'cut', when: 'before' } },
  { share: 0.01, fault: { kind: 'cut', when: 'after' } },
  { share: 0.01, fault: { kind: 'hang', limitMs: HANG_LIMIT_MS } },
];
/** Of a busy service: storage says 503 where the others say 429 too. */
const UNAVAILABLE: Weather = { share: 0.02, fault: { kind: 'status', status: 503 } };
const THROTTLED: Weather = { share: 0.02, fault: { kind: 'status', status: 429 } };

/** One transfer through the storm, followed to its end and accounted for. */
export async function runStorm(world: World, options: StormOptions): Promise<StormResult> {
  const { id, artifacts: count } = options;
  const poisoned = makePoisoned(id, Math.round((count * POISONED_OF_100) / 100));
  const good = makeGood(id, count - poisoned.length);
  const all = interleave(
    good,
    poisoned.map(({ artifact }) => artifact),
  );
  await pushAll(world.stack.registry('source'), all);
  await world.calls.read();
  const before = world.calls.count;
  for (const rule of [...poisonRules(id), ...weatherRules()]) await world.stack.control.addFault(rule);
  await world.start(id, all.map(nameOf));
  const document = await killOnTheWay(world, options, good.length);
  const calls = world.calls.count - before;
  const broken = (await world.stack.control.faults()).value.reduce((sum, rule) => sum + rule.broken, 0);
  await world.stack.control.clearFaults();
  await world.calls.read();
  const faults = [
    ...faultsOfReport(document, expectedOf(good, poisoned), digestsOf(good)),
    ...faultsOfReasons(document, poisoned),
    ...faultsOfPuts(world.calls, good),
    ...(await faultsInTarget(world, good)),
  ];
  return { document, good: good.length, poisoned: poisoned.length, calls, broken, faults };
}

/** Follows the transfer, and kills the host whenever another share of the good artifacts has arrived. */
async function killOnTheWay(
  world: World,
  { id, kills, onProgress }: StormOptions,
  good: number,
): Promise<TransferDocument> {
  let killed = 0;
  for (let looks = 0; ; looks++) {
    await world.calls.read();
    const arrived = countPuts(world.calls, `storm/${id}/`).size;
    if (killed < kills && arrived >= (good * (killed + 0.5)) / kills) {
      killed += 1;
      onProgress?.(`kill ${killed} with ${arrived} of ${good} arrived`);
      await kill(world, 'host');
    }
    const document = looks % 4 === 0 ? await world.read(id) : undefined;
    if (document && isFinalState(document.state)) {
      if (killed < kills) throw new Error(`The transfer ended before kill ${killed + 1} of ${kills}.`);
      return document;
    }
    await sleep(LOOK_MS);
  }
}

interface Poisoned {
  artifact: CampaignArtifact;
  words: string;
}

function makeGood(id: string, count: number): CampaignArtifact[] {
  return Array.from({ length: count }, (_, index) =>
    makeArtifact({
      repository: `storm/${id}/good${index % 50}`,
      tag: `v${index}`,
      seed: index,
      layerBytes: LAYER_BYTES,
    }),
  );
}

function makePoisoned(id: string, count: number): Poisoned[] {
  return Array.from({ length: count }, (_, index) => {
    const { name, words } = POISONS[index % POISONS.length] ?? POISONS[0];
    const artifact = makeArtifact({
      repository: `storm/${id}/${name}${index}`,
      tag: 'v1',
      seed: 1_000_000 + index,
      layerBytes: LAYER_BYTES,
      ...(name === 'foreign' ? { foreignLayer: FOREIGN_LAYER } : {}),
    });
    return { artifact, words };
  });
}

const FOREIGN_LAYER = {
  mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  digest: `sha256:${'f'.repeat(64)}`,
  size: 1000,
  urls: ['https://layers.example.test/base'],
};

/** Poisoned artifacts among the good ones, not at the end of all. */
function interleave(good: readonly CampaignArtifact[], poisoned: readonly CampaignArtifact[]): CampaignArtifact[] {
  const step = Math.floor(good.length / Math.max(1, poisoned.length));
  return good.flatMap((artifact, index) => {
    const other = index % step === 0 ? poisoned[index / step] : undefined;
    return other ? [artifact, other] : [artifact];
  });
}

/** Runs, which use the registry as `admin`, cannot read what is poisoned; the app, which only looks, can. */
function poisonRules(id: string): FaultRuleInput[] {
  const source = { services: ['registrySource'], identity: 'admin' } as const;
  const pathOf = (name: PoisonName) => `/v2/storm/${id}/${name}*`;
  return [
    {
      ...source,
      path: pathOf('lost'),
      operation: 'GetBlob',
      fault: { kind: 'status', status: 404, code: 'BLOB_UNKNOWN', message: 'lost in the storm' },
    },
    {
      ...source,
      path: pathOf('unreadable'),
      operation: 'GetManifest',
      fault: { kind: 'status', status: 403, code: 'DENIED', message: 'unreadable in the storm' },
    },
  ];
}

function weatherRules(): FaultRuleInput[] {
  return [
    ...withRates(STORAGE, [{ ...UNAVAILABLE, share: 0.04 }, ...WEATHER]),
    ...withRates(THROTTLING, [THROTTLED, UNAVAILABLE, ...WEATHER]),
  ];
}

/** A rule sees what those before it left: its rate is its share of that. */
function withRates(services: FaultRuleInput['services'], weather: readonly Weather[]): FaultRuleInput[] {
  let left = 1;
  return weather.map(({ share, fault }) => {
    const rate = share / left;
    left -= share;
    return { services, rate, fault };
  });
}

function expectedOf(good: readonly CampaignArtifact[], poisoned: readonly Poisoned[]): Map<string, Outcome> {
  return new Map<string, Outcome>([
    ...good.map((artifact): [string, Outcome] => [nameOf(artifact), 'Transferred']),
    ...poisoned.map(({ artifact }): [string, Outcome] => [nameOf(artifact), 'Failed']),
  ]);
}

function digestsOf(artifacts: readonly CampaignArtifact[]): Map<string, string> {
  return new Map(artifacts.map((artifact) => [nameOf(artifact), artifact.manifest.digest]));
}

/** Poisoned artifacts whose attempts do not tell, in one message, their repository and what is wrong with them. */
function faultsOfReasons(document: TransferDocument, poisoned: readonly Poisoned[]): string[] {
  return poisoned.flatMap(({ artifact, words }) => {
    const name = nameOf(artifact);
    const attempts = document.artifacts?.find((one) => one.artifact === name)?.attempts ?? [];
    const isTold = attempts.some(({ message }) => message.includes(artifact.repository) && message.includes(words));
    return isTold
      ? []
      : [`${name} is not told to be '${words}': ${attempts.map(({ message }) => message).join(' | ')}`];
  });
}
