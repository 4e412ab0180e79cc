import { setTimeout as sleep } from 'node:timers/promises';
import { mapBounded } from '../../src/oci/parallel.ts';
import { drop, exportArchive, listImports } from '../support/archives.ts';
import { buildImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

const BLOBS = 200;
const LIMIT_MS = 480_000;
let cloud: TestStack;

beforeAll(async () => {
  // Every event comes twice, late, and in another order than the blobs.
  const disturbance = { duplicateRate: 1, maxDelayMs: 500, seed: 20_261_124 };
  cloud = await startTestStack({ giveUpWithinMs: 0, events: { disturbance, retryScale: 0.02 } });
});
afterAll(() => cloud?.stop());

/** SIGKILL of the Functions host; the supervisor starts it again on the same port. */
async function killHost(): Promise<void> {
  const { pid } = cloud.stack.host;
  process.kill(pid, 'SIGKILL');
  while (cloud.stack.host.pid === pid) await sleep(20);
}

async function countRecords(prefix: string): Promise<number> {
  let count = 0;
  for await (const _ of cloud.records.list(prefix)) count += 1;
  return count;
}

/** Waits until so many imports have ended, by what is listed: to read them all again and again would be most of the work. */
async function untilEnded(count: number): Promise<void> {
  for (;;) {
    const [all, open] = await Promise.all([countRecords('imports/'), countRecords('open-imports/')]);
    if (all - open >= count) return;
    await sleep(200);
  }
}

describe('many archives that land at once', () => {
  it(
    'are imported each once, whatever is told twice and however the host dies over them',
    async () => {
      const image = buildImage({ seed: 51, layerSizes: [10] });
      const bytes = await exportArchive(cloud, { repository: 's/one', blob: 'one.tar', image });
      const names = Array.from({ length: BLOBS }, (_, index) => `storm-${index}.tar`);
      await mapBounded(names, 20, (name) => drop(cloud, name, bytes));
      // The timer tells of every blob once more, while their events are worked on.
      await cloud.runTimer('reconcileTimer');
      await untilEnded(20);
      await killHost();
      await cloud.runTimer('reconcileTimer');
      await untilEnded(BLOBS);
      const imports = await listImports(cloud);
      expect(imports.map(({ archive }) => archive.name).sort()).toEqual([...names].sort());
      expect(new Set(imports.map(({ state }) => state))).toEqual(new Set(['Succeeded']));
      const runs: string[] = [];
      for await (const { properties } of cloud.pipelines('target').listRuns()) {
        runs.push(properties.request?.source?.name ?? '');
      }
      expect(runs.sort()).toEqual([...names].sort());
    },
    LIMIT_MS,
  );
});
