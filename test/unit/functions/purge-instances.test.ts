import type { DurableClient } from 'durable-functions';
import type { Services } from '../../../src/activities/services.ts';
import { purgeInstances } from '../../../src/functions/purge-instances.ts';

const PAGES = ['pages:t:resolveArtifacts:1', 'pages:t:resolveArtifacts:21', 'pages:t:resolveArtifacts:41'];
const WAITS = [
  ...['pause:t:resolve:1', 'pause:t:resolve:2'],
  ...['pause:t:resolveArtifacts-1:1', 'pause:t:resolveArtifacts-41:1', 'pause:t:resolveArtifacts-41:2'],
];
const LISTS = ['pages:t:selectArtifacts:1', 'pause:t:selectArtifacts-1:1'];

/** Instances of a transfer without batches. After `left` purges that find something, purging fails. */
function worldOf() {
  const there = new Set([...PAGES, ...WAITS, ...LISTS]);
  const world = { there, left: Number.POSITIVE_INFINITY, status: 'HTTP 404' };
  const client = {
    getStatus: async (id: string) => {
      if (!there.has(id)) throw new Error(`the extension replied with ${world.status} response`);
      return { runtimeStatus: 'Completed' };
    },
    purgeInstanceHistory: async (id: string) => {
      if (there.has(id) && world.left-- <= 0) throw new Error('away');
      return { instancesDeleted: there.delete(id) ? 1 : 0 };
    },
  } as unknown as DurableClient;
  const services = { transfers: { readPlan: async () => undefined } } as unknown as Services;
  return { there, world, purge: () => purgeInstances(services, client, { transfer: 't', page: 0 }) };
}

describe('purgeInstances', () => {
  const places = [...PAGES, ...WAITS, ...LISTS].map((_, index) => index);
  it.each(places)('leaves nothing of the work on lists when it broke off after %i and runs again', async (index) => {
    const { there, world, purge } = worldOf();
    world.left = index;
    await expect(purge()).rejects.toThrow('away');
    world.left = Number.POSITIVE_INFINITY;
    await purge();
    expect([...there]).toEqual([]);
  });

  it('fails where the host does not tell whether there is an instance', async () => {
    const { world, purge } = worldOf();
    world.status = 'HTTP 503';
    await expect(purge()).rejects.toThrow('HTTP 503');
  });
});
