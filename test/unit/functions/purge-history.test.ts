import type { DurableClient } from 'durable-functions';
import { TimerCursors } from '../../../src/azure/records/timer-cursors.ts';
import { purgeHistory } from '../../../src/functions/purge-history.ts';
import { historyWorld } from '../../support/history-world.ts';
import { memoryContainer } from '../../support/memory-container.ts';

const DAY_MS = 86_400_000;
const KEPT_DAYS = 30;
const NOW = Date.parse('2026-06-30T03:30:00Z');
const upTo = (daysBefore: number) => NOW - (KEPT_DAYS + daysBefore) * DAY_MS;

/** Ended instances by when they were created. Each purge takes `purgeMs`. */
function worldOf() {
  const retention = { archivesDays: 7, runsDays: 7, reportsDays: KEPT_DAYS };
  const { settings, context, events } = historyWorld(retention);
  const [route] = settings.routes.values();
  if (!route) throw new Error('no route');
  const other = { ...route, name: 'other', retention: { ...retention, reportsDays: KEPT_DAYS - 10 } };
  const routes = new Map([...settings.routes, [other.name, other]]);
  const cursors = new TimerCursors(memoryContainer());
  const world = {
    created: [] as number[],
    purgeMs: 0,
    failAt: Number.NaN,
    slices: [] as [number, number][],
    states: new Set<string>(),
  };
  const purgeInstanceHistoryBy: DurableClient['purgeInstanceHistoryBy'] = async (filter) => {
    const [from, to] = [filter.createdTimeFrom?.getTime() ?? 0, filter.createdTimeTo?.getTime() ?? 0];
    world.slices.push([from, to]);
    world.states.add((filter.runtimeStatus ?? ['any']).join(' '));
    jest.setSystemTime(Date.now() + world.purgeMs);
    if (world.failAt >= from && world.failAt < to && from > 0) throw new Error('away');
    const before = world.created.length;
    world.created = world.created.filter((at) => at < from || at > to);
    return { instancesDeleted: before - world.created.length };
  };
  const client = { purgeInstanceHistoryBy } as unknown as DurableClient;
  const run = (timeMs = 60_000) => purgeHistory({ routes }, cursors, client, context, timeMs);
  return { world, run, events };
}

beforeEach(() => jest.useFakeTimers({ now: NOW, doNotFake: ['setImmediate', 'nextTick'] }));
afterEach(() => jest.useRealTimers());

describe('purgeHistory', () => {
  it('purges what is older than all that is kept, however old, and nothing younger', async () => {
    const { world, run, events } = worldOf();
    const young = upTo(0) + 1;
    world.created = [young, upTo(0), upTo(1), upTo(200), upTo(366), upTo(3000)];
    await run();
    expect(world.created).toEqual([young]);
    expect(events).toEqual([{ event: 'historyPurged', purged: 5, left: 0 }]);
  });

  it('purges no instance that goes on, however old', async () => {
    const { world, run } = worldOf();
    await run();
    expect([...world.states]).toEqual(['Completed Failed Terminated Canceled']);
  });

  it('takes what is left of a day, and never what is younger, when it runs twice in a day', async () => {
    const { world, run } = worldOf();
    await run();
    world.slices = [];
    jest.setSystemTime(NOW + DAY_MS / 4);
    await run();
    expect(world.slices).toEqual([
      [upTo(0), upTo(-0.25)],
      [0, upTo(-0.25)],
    ]);
  });

  it('asks for a day at a time, and the next night only for the day that is new and for what ended since', async () => {
    const { world, run } = worldOf();
    await run();
    expect(world.slices.slice(0, -1).filter(([from, to]) => to - from > DAY_MS)).toEqual([]);
    world.slices = [];
    jest.setSystemTime(NOW + DAY_MS);
    await run();
    expect(world.slices).toEqual([
      [upTo(0), upTo(-1)],
      [0, upTo(-1)],
    ]);
  });

  it('begins nothing after its time, and goes on from there the next night', async () => {
    const { world, run, events } = worldOf();
    await run();
    world.slices = [];
    world.purgeMs = 1000;
    jest.setSystemTime(NOW + 10 * DAY_MS);
    await run(3000);
    expect(world.slices.map(([, to]) => to)).toEqual([upTo(-1), upTo(-2), upTo(-3)]);
    expect(events.at(-1)).toEqual({ event: 'historyPurged', purged: 0, left: 8 });
    world.slices = [];
    await run(3000);
    expect(world.slices[0]).toEqual([upTo(-3), upTo(-4)]);
  });

  it('goes on after a day that fails, which is in what is purged last, and fails in the end', async () => {
    const { world, run } = worldOf();
    world.created = [upTo(5), upTo(3)];
    world.failAt = upTo(5);
    await expect(run()).rejects.toThrow('away');
    expect(world.created).toEqual([]);
  });

  it('leaves all where there is no route that says how long', async () => {
    const { context } = historyWorld();
    await purgeHistory({ routes: new Map() }, new TimerCursors(memoryContainer()), {} as DurableClient, context);
  });
});
