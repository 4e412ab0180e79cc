import { setTimeout as sleep } from 'node:timers/promises';
import { isFinalImport } from '../../src/domain/import-document.ts';
import { mapBounded } from '../../src/oci/parallel.ts';
import { drop, exportArchive, listImports } from '../support/archives.ts';
import { buildImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

const BLOBS = 200;
const LIMIT_MS = 280_000;
let cloud: TestStack;

beforeAll(async () => {
  cloud = await startTestStack({ giveUpWithinMs: 0 });
});
afterAll(() => cloud?.stop());

/** SIGKILL of the Functions host; the supervisor starts it again on the same port. */
async function killHost(): Promise<void> {
  const { pid } = cloud.stack.host;
  process.kill(pid, 'SIGKILL');
  while (cloud.stack.host.pid === pid) await sleep(20);
}

/** Waits until so many imports have ended; the host may be starting again meanwhile. */
async function untilEnded(count: number, deadlineMs: number) {
  while (Date.now() < deadlineMs) {
    const imports = await listImports(cloud).catch(() => []);
    if (imports.filter(isFinalImport).length >= count) return imports;
    await sleep(300);
  }
  throw new Error(`fewer than ${count} imports have ended`);
}

describe('many archives that land at once', () => {
  it(
    'are imported each once, whatever is told twice and however the host dies over them',
    async () => {
      const deadlineMs = Date.now() + LIMIT_MS - 10_000;
      const image = buildImage({ seed: 51, layerSizes: [10] });
      const bytes = await exportArchive(cloud, { repository: 's/one', blob: 'one.tar', image });
      const names = Array.from({ length: BLOBS }, (_, index) => `storm-${index}.tar`);
      await mapBounded(names, 20, (name) => drop(cloud, name, bytes));
      // The timer tells of every blob a second time, while their events are worked on.
      await cloud.runTimer('reconcileTimer');
      await untilEnded(20, deadlineMs);
      await killHost();
      await cloud.runTimer('reconcileTimer');
      const imports = await untilEnded(BLOBS, deadlineMs);
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
