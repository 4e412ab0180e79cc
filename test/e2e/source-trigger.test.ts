import { setTimeout as sleep } from 'node:timers/promises';
import { localRoute } from '../../local/app/environment.ts';
import { subscribeToBlobs } from '../../local/app/subscribe.ts';
import type { FaultRuleInput } from '../../local/faults/rule.ts';
import { APP_IDENTITY, resourcesOf } from '../../local/names.ts';
import { openContainer } from '../../src/azure/blobs/storage.ts';
import { createCredential } from '../../src/azure/sign-in/credential.ts';
import { CLAIM_KEY } from '../../src/domain/import/auto-import.ts';
import type { ImportDocument } from '../../src/domain/import/import-document.ts';
import { drop, exportArchive, importRunsOf, importsOf, reconcile } from '../support/archives.ts';
import { makeContainer, putPipeline } from '../support/arm.ts';
import { buildImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

/** Far longer than any case: each says itself when the runs start. */
const START_DELAY_MS = 3_600_000;
const RUNS = 'Microsoft.ContainerRegistry/registries/pipelineRuns';
const { account } = resourcesOf('target');
const OTHER = 'lefttoacr';
const base = localRoute();
const byApp = { ...base, import: { auto: 'mirror', by: 'app', waitMinutes: 20 } };
const byService = {
  ...base,
  name: OTHER,
  target: { ...base.target, container: `https://${account}.blob.target.test/${OTHER}`, importPipeline: OTHER },
  import: { auto: 'mirror', by: 'service', waitMinutes: 0.05 },
};

const CASES = ['before', 'reading', 'claimed', 'between', 'after', 'unlisted'] as const;
type Case = (typeof CASES)[number];
const MODES = ['app', 'service'] as const;
const blobOf = (name: Case, mode: string) => `${name}-${mode}.tar`;
const imageOf = (name: Case) => buildImage({ seed: 700 + CASES.indexOf(name), layerSizes: [1000] });

let cloud: TestStack;
/** The same stack, with the container of the route whose archives ACR imports. */
let other: TestStack;
const archives = new Map<string, Buffer>();

beforeAll(async () => {
  cloud = await startTestStack({
    arm: { sourceTriggerStartDelayMs: START_DELAY_MS },
    settings: {
      ROUTES_JSON: JSON.stringify([byApp, byService]),
      SIDE_LEFTTOACR_TARGET__blobServiceUri: `https://${account}.blob.target.test`,
      SIDE_LEFTTOACR_TARGET__queueServiceUri: `https://${account}.queue.target.test`,
    },
  });
  await makeContainer(cloud, 'target', OTHER);
  await putPipeline(cloud, 'target', OTHER, { uri: byService.target.container, options: ['OverwriteTags'] });
  const { url } = cloud.stack.endpoints.functions;
  const app = { url, masterKey: cloud.stack.certificates.secrets.masterKey };
  await subscribeToBlobs(cloud.stack.cloud, byService, app);
  const container = openContainer(byService.target.container, createCredential(cloud.route.target), 'target');
  other = { ...cloud, container: (side) => (side === 'target' ? container : cloud.container(side)) };
  await Promise.all(CASES.flatMap((name) => MODES.map((mode) => exportOne(name, mode))));
});
afterAll(() => cloud?.stop());

async function exportOne(name: Case, mode: string): Promise<void> {
  const blob = blobOf(name, mode);
  archives.set(blob, await exportArchive(cloud, { repository: `t/${name}-${mode}`, blob, image: imageOf(name) }));
}

/** Lets an archive land along each of the two routes. */
async function dropBoth(name: Case): Promise<void> {
  await Promise.all(
    MODES.map((mode) => {
      const blob = blobOf(name, mode);
      return drop(mode === 'app' ? cloud : other, blob, archives.get(blob) ?? Buffer.alloc(0));
    }),
  );
}

/** Holds back calls of the app, unless it is another's, until they are let go: cut off then, it tries again. */
async function hold(calls: Omit<FaultRuleInput, 'fault'>) {
  const { id } = await cloud.faults.add({ identity: APP_IDENTITY.objectId, ...calls, fault: { kind: 'hang' } });
  return {
    async untilHeld(count: number): Promise<void> {
      while (((await cloud.faults.list()).find((state) => state.id === id)?.broken ?? 0) < count) await sleep(20);
    },
    release: () => cloud.stack.control.removeFault(id),
  };
}

/** Both routes' claims, each about to be made; of the app's own by its event, of the other after its wait. */
async function holdClaims(name: Case) {
  const claims = await hold({ services: ['blob'], operation: 'SetBlobMetadata', path: `*/${name}-*` });
  await dropBoth(name);
  await claims.untilHeld(MODES.length);
  return claims;
}

const holdStarts = () => hold({ services: ['arm'], operation: `${RUNS}/write` });
const holdLists = () => hold({ services: ['arm'], operation: `${RUNS}/read`, path: '*/pipelineRuns' });

/** What became of the archives of a case: always imported, with the digest that was sent, and all runs named. */
async function endsOf(name: Case): Promise<ImportDocument[]> {
  return Promise.all(
    MODES.map(async (mode) => {
      const blob = blobOf(name, mode);
      const [document, ...more] = await importsOf(cloud, blob);
      if (document === undefined) throw new Error(`${blob} has no import`);
      expect(more).toEqual([]);
      const { digest } = imageOf(name).descriptor;
      const artifact = { artifact: `t/${name}-${mode}:v1`, digest, outcome: 'Transferred' };
      expect(document).toMatchObject({ state: 'Succeeded', error: null, artifacts: [artifact] });
      expect(await cloud.stack.registry('target').resolve(`t/${name}-${mode}`, 'v1')).toMatchObject({ digest });
      const named = document.runs.map(({ run }) => run).sort();
      expect(named).toEqual((await importRunsOf(cloud, blob)).sort());
      return document;
    }),
  );
}

type Run = ImportDocument['runs'][number];
const describeRun = ({ run, status }: Run) => `${run.includes('_') ? 'service' : 'app'} ${status}`;
const runsOf = (documents: ImportDocument[]) => documents.map(({ runs }) => runs.map(describeRun).sort());
const OWN = ['app Succeeded'];
const SERVICES = ['service Succeeded'];
const BOTH = ['app Succeeded', 'service Succeeded'];

describe("ACR's own trigger, which lists a blob and starts its run a while later", () => {
  it('has its run followed where it starts before the claim', async () => {
    const claims = await holdClaims('before');
    await cloud.operator.pollSources();
    await cloud.operator.startListed();
    await Promise.all(MODES.map((mode) => untilImported(`t/before-${mode}`)));
    await claims.release();
    const documents = await endsOf('before');
    expect(runsOf(documents)).toEqual([SERVICES, SERVICES]);
    expect(documents.map(({ by }) => by)).toEqual(['service', 'service']);
  });

  it('has its run replaced by one of the app where the claim comes while it reads, and it fails for that', async () => {
    const claims = await holdClaims('reading');
    const reads = await hold({ services: ['blob'], operation: 'GetBlob', path: '*/reading-*', identity: '*' });
    await cloud.operator.pollSources();
    await cloud.operator.startListed();
    await reads.untilHeld(MODES.length);
    await claims.release();
    for (const mode of MODES) while (!(await isClaimed(blobOf('reading', mode), mode))) await sleep(50);
    await reads.release();
    const runs = ['app Succeeded', 'service Failed'];
    expect(runsOf(await endsOf('reading'))).toEqual([runs, runs]);
  });

  it('has its run followed where it starts after the claim, before the app has looked once more', async () => {
    const claims = await holdClaims('claimed');
    await cloud.operator.pollSources();
    const lists = await holdLists();
    await claims.release();
    await lists.untilHeld(1);
    await cloud.operator.startListed();
    await lists.release();
    expect(runsOf(await endsOf('claimed'))).toEqual([SERVICES, SERVICES]);
  });

  it('makes a second run where it starts between the last look and the start of the app: both are named', async () => {
    const claims = await holdClaims('between');
    await cloud.operator.pollSources();
    const starts = await holdStarts();
    await claims.release();
    await starts.untilHeld(MODES.length);
    await cloud.operator.startListed();
    await starts.release();
    expect(runsOf(await endsOf('between'))).toEqual([BOTH, BOTH]);
  });

  it('makes a second run where it starts after the import has ended: the timer names it, too', async () => {
    const claims = await holdClaims('after');
    await cloud.operator.pollSources();
    await claims.release();
    expect(runsOf(await endsOf('after'))).toEqual([OWN, OWN]);
    await cloud.operator.startListed();
    await reconcile(cloud);
    while ((await Promise.all(MODES.map((mode) => runCount('after', mode)))).some((count) => count < 2)) {
      await sleep(100);
    }
    expect(runsOf(await endsOf('after'))).toEqual([BOTH, BOTH]);
  });

  it('lists nothing that has been claimed', async () => {
    const claims = await holdClaims('unlisted');
    await claims.release();
    await endsOf('unlisted');
    await cloud.operator.pollSources();
    await cloud.operator.startListed();
    expect(runsOf(await endsOf('unlisted'))).toEqual([OWN, OWN]);
  });
});

async function untilImported(repository: string): Promise<void> {
  while ((await cloud.stack.registry('target').resolve(repository, 'v1')) === undefined) await sleep(50);
}

async function isClaimed(blob: string, mode: string): Promise<boolean> {
  const found = await (mode === 'app' ? cloud : other).container('target').properties(blob);
  return found?.metadata[CLAIM_KEY] !== undefined;
}

async function runCount(name: Case, mode: string): Promise<number> {
  return (await importsOf(cloud, blobOf(name, mode)))[0]?.runs.length ?? 0;
}
