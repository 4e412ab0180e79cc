import { TimerCursors } from '../../../src/azure/records/timer-cursors.ts';
import { reconcileTransfers } from '../../../src/functions/reconcile-transfers.ts';
import { type HistoryWorld, historyWorld, makeTransfer, reportOf } from '../../support/history-world.ts';
import { memoryContainer } from '../../support/memory-container.ts';
import { Telemetry } from '../../support/telemetry.ts';

const IDS = Array.from({ length: 30 }, (_, index) => `t-${String(index).padStart(3, '0')}`);

/** Transfers that are open and not running. The clock stands still, but for `tickMs` with each of them that is started. */
async function openWorld(tickMs: number) {
  const world = historyWorld();
  for (const id of IDS) await makeTransfer(world, reportOf(id, 0));
  const cursors = new TimerCursors(memoryContainer());
  let nowMs = 0;
  let atWork = 0;
  const load = { most: 0 };
  const { readRequest } = world.transfers;
  world.transfers.readRequest = async (id) => {
    atWork += 1;
    load.most = Math.max(load.most, atWork);
    await new Promise((resolve) => setImmediate(resolve));
    atWork -= 1;
    return readRequest.call(world.transfers, id);
  };
  const { startNew } = world.client;
  world.client.startNew = (...given) => {
    nowMs += tickMs;
    return startNew(...given);
  };
  jest.spyOn(Date, 'now').mockImplementation(() => nowMs);
  const { services, client, context } = world;
  const run = () => reconcileTransfers({ services, cursors, client, context }, 100);
  return { world, cursors, run, load };
}

async function idsOpen({ transfers }: HistoryWorld): Promise<string[]> {
  const ids: string[] = [];
  for await (const id of transfers.listOpen()) ids.push(id);
  return ids;
}

afterEach(() => jest.restoreAllMocks());

describe('reconcileTransfers', () => {
  it('looks at all of them, eight at a time, and keeps no cursor', async () => {
    const { world, cursors, run, load } = await openWorld(0);
    await run();
    expect([...world.started].sort()).toEqual(IDS.map((id) => `transfer:${id}`));
    expect(load.most).toBe(8);
    expect(await cursors.read('reconcile')).toBeNull();
  });

  it('begins nothing after its time, and goes on from there the next time, until all had their turn', async () => {
    const { world, cursors, run } = await openWorld(10);
    await run();
    const first = new Set(world.started);
    expect(first.size).toBeLessThan(IDS.length);
    expect(await cursors.read('reconcile')).toBe(IDS[first.size - 1]);
    world.started.length = 0;
    await run();
    expect(world.started[0]).toBe(`transfer:${IDS[first.size]}`);
    const both = new Set([...first, ...world.started]);
    expect(both.size).toBeGreaterThan(first.size);
    await run();
    expect(new Set([...both, ...world.started]).size).toBe(IDS.length);
  });

  it('goes on with the deletions that broke off, and forgets what one has left behind', async () => {
    const { world, run } = await openWorld(0);
    for (const id of ['t-001', 'gone']) {
      await world.transfers.changeControl(id, (control) => ({ ...control, deletion: { at: 'now' } }));
      await world.transfers.markOpen(id);
    }
    const inputs: unknown[] = [];
    const { startNew } = world.client;
    world.client.startNew = (name, options) => {
      if (name === 'deleteTransfer') inputs.push(options?.input);
      return startNew(name, options);
    };
    await run();
    expect(inputs).toEqual([{ transfer: 't-001', archives: true, runs: true, record: true }]);
    expect(world.started).not.toContain('transfer:t-001');
    expect(await idsOpen(world)).toEqual(IDS);
    expect((await world.transfers.readControl('gone')).deletion).toBeNull();
  });

  it('clears the marker of what has ended, and counts what goes on once it has seen all', async () => {
    const told = new Telemetry().start();
    try {
      const { world, cursors, run } = await openWorld(10);
      await world.transfers.writeReport(reportOf('t-000', 0));
      await world.transfers.markOpen('t-000');
      const openNow = () =>
        told.observe().find(({ name }) => name === 'acr_transfer.transfers.open')?.value ?? 'not told';
      await run();
      expect(await cursors.read('reconcile')).not.toBeNull();
      expect(openNow()).toBe('not told');
      expect(await idsOpen(world)).toEqual(IDS.slice(1));
      for (const id of IDS.slice(1)) world.running.add(`transfer:${id}`);
      await world.transfers.markOpen('t-000');
      await run();
      expect(openNow()).toBe(IDS.length - 1);
    } finally {
      told.stop();
    }
  });

  it('tells of a transfer at which it failed, and looks at the others', async () => {
    const { world, run } = await openWorld(0);
    const { readControl } = world.transfers;
    world.transfers.readControl = (id) =>
      id === 't-003' ? Promise.reject(new Error('away')) : readControl.call(world.transfers, id);
    await run();
    expect(world.started).toHaveLength(IDS.length - 1);
    expect(world.events.filter(({ event }) => event === 'reconcileFailed')).toMatchObject([{ transfer: 't-003' }]);
  });
});
