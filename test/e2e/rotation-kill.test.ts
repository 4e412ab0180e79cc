import { setTimeout as sleep } from 'node:timers/promises';
import { resourcesOf } from '../../local/names.ts';
import { probeContainerSas } from '../../src/azure/sas/sas.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let cloud: TestStack;
const { secretName } = resourcesOf('source');

beforeAll(async () => {
  cloud = await startTestStack({ storageAccess: 'SasToken', giveUpWithinMs: 0 });
  await rotated(await startRotation());
});
afterAll(() => cloud?.stop());

async function startRotation(): Promise<string> {
  const path = `/routes/${cloud.route.name}/rotate-sas`;
  const { body } = await cloud.call(path, { body: { side: 'source', force: true } });
  return body.rotations[0].id;
}

async function rotated(id: string): Promise<void> {
  for (;;) {
    const status = await cloud.instanceStatus(id).catch(() => undefined);
    if (status === 'Completed') return;
    await sleep(20);
  }
}

/** Waits until so many activities of the instance have ended. */
async function untilActivities(id: string, count: number): Promise<void> {
  for (;;) {
    const history = await cloud.instanceHistory(id);
    if (history.filter((type) => type === 'TaskCompleted').length >= count) return;
  }
}

async function killHost(): Promise<void> {
  const { pid } = cloud.stack.host;
  process.kill(pid, 'SIGKILL');
  while (cloud.stack.host.pid === pid) await sleep(10);
}

async function newestWorks(): Promise<boolean> {
  const token = (await cloud.vault('source').get(secretName))?.value ?? '';
  return (await probeContainerSas(cloud.route.source.container, token, 'alrw')).ok;
}

describe('a rotation that is killed', () => {
  it.each([0, 1, 2, 3])(
    'after %d of its activities leaves a token that works, and ends as it should',
    async (count) => {
      const before = (await cloud.vault('source').get(secretName))?.version;
      const id = await startRotation();
      await untilActivities(id, count);
      await killHost();
      expect(await newestWorks()).toBe(true);
      await rotated(id);
      expect(await newestWorks()).toBe(true);
      expect((await cloud.vault('source').get(secretName))?.version).not.toBe(before);
      const versions = [];
      for await (const version of cloud.vault('source').listVersions(secretName)) versions.push(version);
      expect(versions).toHaveLength(count + 2);
    },
  );
});
