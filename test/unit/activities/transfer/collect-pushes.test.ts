import type { Services } from '../../../../src/activities/services.ts';
import { collectPushes } from '../../../../src/activities/transfer/collect-pushes.ts';
import { dropPushes } from '../../../../src/activities/transfer/drop-pushes.ts';
import { PushRecords } from '../../../../src/azure/records/push-records.ts';
import { TransferRecords } from '../../../../src/azure/records/transfer-records.ts';
import { memoryContainer } from '../../../support/memory-container.ts';

const OPTIONS = { continueOnErrors: false };

function openWorld() {
  const container = memoryContainer();
  const pushes = new PushRecords(container);
  const transfers = new TransferRecords(container);
  const route = () => ({ onPush: { options: OPTIONS } });
  /** Tags that are in the source registry no more; all others are. */
  const deleted = new Set<string>();
  const registry = { isAway: false };
  const resolve = async (repository: string, tag: string) => {
    if (registry.isAway) throw new Error('away');
    return deleted.has(`${repository}:${tag}`) ? undefined : {};
  };
  const side = () => ({ registry: async () => ({ resolve }) });
  const services = { pushes, transfers, route, side } as unknown as Services;
  return { pushes, transfers, services, deleted, registry };
}

describe('the pushes of a window', () => {
  it('go into the window that the first of them opens, each once, however many come at once', async () => {
    const { pushes, transfers, services } = openWorld();
    const entries = Array.from({ length: 3000 }, (_, index) => `a/b:v${index % 1500}`);
    const windows = await Promise.all(
      entries.map(async (entry) => {
        const { id } = await pushes.openWindow('r', 60_000);
        await pushes.add('r', id, entry, null);
        return id;
      }),
    );
    const [window = '', ...others] = new Set(windows);
    expect(others).toEqual([]);
    const { transfer } = await collectPushes(services, { route: 'r', window });
    expect(transfer).toBe(window);
    const request = await transfers.readRequest(window);
    expect(request).toMatchObject({ route: 'r', requestedBy: 'push', options: OPTIONS });
    expect(request?.artifacts).toEqual([...new Set(entries)].sort());
  });

  it('stay until they are dropped, and are in no second transfer', async () => {
    const { pushes, services } = openWorld();
    const { id: window } = await pushes.openWindow('r', 60_000);
    await pushes.add('r', window, 'a:v1', null);
    const target = { route: 'r', window };
    const { transfer } = await collectPushes(services, target);
    expect(await collectPushes(services, target)).toEqual({ transfer });
    await dropPushes(services, { ...target, transfer: transfer ?? '' });
    expect(await pushes.listWindows('r')).toEqual([]);
    expect(await collectPushes(services, target)).toEqual({ transfer: null });
  });

  it('that come when the window’s transfer is recorded become another one, the same each time', async () => {
    const { pushes, transfers, services } = openWorld();
    const { id: window } = await pushes.openWindow('r', 60_000);
    const target = { route: 'r', window };
    await pushes.add('r', window, 'a:v1', null);
    await collectPushes(services, target);
    await pushes.add('r', window, 'a:late', null);
    await dropPushes(services, { ...target, transfer: window });
    const { transfer } = await collectPushes(services, target);
    expect(transfer).not.toBe(window);
    expect((await transfers.readRequest(transfer ?? ''))?.artifacts).toEqual(['a:late']);
    expect(await collectPushes(services, target)).toEqual({ transfer });
  });

  it('of tags that were deleted since start nothing, and hold nothing else back', async () => {
    const { pushes, transfers, services, deleted } = openWorld();
    const { id: window } = await pushes.openWindow('r', 60_000);
    for (const entry of ['a:gone', 'a:gone2 +referrers', 'a:there +referrers']) {
      await pushes.add('r', window, entry, null);
    }
    deleted.add('a:gone').add('a:gone2');
    expect(await collectPushes(services, { route: 'r', window })).toEqual({ transfer: window });
    expect((await transfers.readRequest(window))?.artifacts).toEqual(['a:there +referrers']);
    expect(await pushes.list('r', window)).toEqual(['a:there +referrers']);
    deleted.add('b:gone');
    await pushes.add('r', 'other', 'b:gone', null);
    expect(await collectPushes(services, { route: 'r', window: 'other' })).toEqual({ transfer: null });
    expect(await pushes.list('r', 'other')).toEqual([]);
    expect(await transfers.readRequest('other')).toBeUndefined();
  });

  it('are transferred where nobody can say whether they are there: the transfer tells why', async () => {
    const { pushes, services, registry } = openWorld();
    const { id: window } = await pushes.openWindow('r', 60_000);
    await pushes.add('r', window, 'a:v1', null);
    registry.isAway = true;
    expect(await collectPushes(services, { route: 'r', window })).toEqual({ transfer: window });
  });

  it('of a route go into a new window when the last one has closed', async () => {
    const { pushes } = openWorld();
    const first = await pushes.openWindow('r', 0);
    const second = await pushes.openWindow('r', 60_000);
    expect(second.id === first.id && second.closesAt === first.closesAt).toBe(false);
    expect(await pushes.openWindow('r', 60_000)).toEqual(second);
    expect((await pushes.openWindow('other', 60_000)).id).not.toBe(second.id);
  });
});
