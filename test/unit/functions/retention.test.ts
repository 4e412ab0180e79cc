import { activities } from '../../../src/activities/all.ts';
import { readLastTransfer } from '../../../src/azure/records/transfer-history.ts';
import { deleteExpired } from '../../../src/functions/retention.ts';
import type { RetentionLimits } from '../../../src/functions/retention-turns.ts';
import {
  type HistoryWorld,
  historyWorld,
  keepEnded,
  keepRequested,
  makeTransfer,
  reportOf,
} from '../../support/history-world.ts';

const RETENTION = { archivesDays: 7, runsDays: 30, reportsDays: 365 };
const GONE = { archives: true, runs: true };
/** The list, the cursor and nothing else: what a night costs that has nothing to do, beside the pages of the list. */
const FIXED_REQUESTS = 1;

function runTimer({ settings, services, client, context }: HistoryWorld, limits?: RetentionLimits): Promise<void> {
  return deleteExpired(settings, services, client, context, limits);
}

function reports(count: number, daysAgo: (index: number) => number) {
  return Array.from({ length: count }, (_, index) => reportOf(`t-${String(index).padStart(6, '0')}`, daysAgo(index)));
}

describe('the retention timer', () => {
  it('reads 100,000 old transfers of which nothing is due by a hundred requests', async () => {
    const world = historyWorld(RETENTION);
    await keepEnded(
      world,
      reports(100_000, (index) => 31 + index / 1000),
      GONE,
    );
    world.counts.reset();
    await runTimer(world);
    expect(world.counts.byKind.list).toBe(100);
    expect(world.counts.total).toBeLessThanOrEqual(100 + FIXED_REQUESTS);
    expect(world.started).toEqual([]);
  });

  it('asks of each transfer what is due of it, and of none more', async () => {
    const world = historyWorld(RETENTION);
    await keepRequested(world, [
      reportOf('young', 6),
      reportOf('week', 8),
      reportOf('month', 31),
      reportOf('year', 366),
    ]);
    await keepEnded(world, [reportOf('bare', 31)], GONE);
    await runTimer(world);
    expect(world.started).toEqual(['delete:year', 'delete:month', 'delete:week']);
    expect((await world.transfers.readControl('year')).deletion).not.toBeNull();
    expect((await world.transfers.readControl('month')).deletion).toBeNull();
  });

  it('starts so many in a night, the oldest first, for four requests each at most, and goes on the next night', async () => {
    const world = historyWorld(RETENTION);
    await keepRequested(
      world,
      reports(12, (index) => 400 + index),
    );
    world.counts.reset();
    await runTimer(world, { starts: 5, timeMs: 60_000 });
    expect(world.started).toEqual([11, 10, 9, 8, 7].map((index) => `delete:t-0000${String(index).padStart(2, '0')}`));
    expect(world.counts.total).toBeLessThanOrEqual(1 + FIXED_REQUESTS + 1 + 4 * 5);
    // None of them was deleted in between: they do not keep the others from their turn.
    await runTimer(world, { starts: 5, timeMs: 60_000 });
    expect(world.started.slice(5)).toEqual([6, 5, 4, 3, 2].map((index) => `delete:t-00000${index}`));
    await runTimer(world, { starts: 5, timeMs: 60_000 });
    expect(world.started.slice(10, 12)).toEqual(['delete:t-000001', 'delete:t-000000']);
    expect(world.events.at(-1)).toMatchObject({ event: 'retentionDone', started: 5, left: 7 });
  });

  it('begins nothing after its time', async () => {
    const world = historyWorld(RETENTION);
    await keepEnded(world, [reportOf('year', 366)]);
    await runTimer(world, { starts: 5, timeMs: 0 });
    expect(world.started).toEqual([]);
    expect(world.events.at(-1)).toMatchObject({ started: 0, left: 1 });
  });

  it('looks into a transfer of which the list does not say how it ended once', async () => {
    const world = historyWorld(RETENTION);
    const ended = reportOf('unmarked', 100);
    await makeTransfer(world, ended, 'Succeeded');
    await world.transfers.changeControl('unmarked', (control) => ({ ...control, removed: GONE }));
    await world.transfers.index.add(ended);
    await runTimer(world);
    expect(world.started).toEqual([]);
    world.counts.reset();
    await runTimer(world);
    expect(world.counts.total).toBeLessThanOrEqual(1 + FIXED_REQUESTS);
  });

  it('does not ask again for what was deleted', async () => {
    const world = historyWorld(RETENTION);
    await makeTransfer(world, reportOf('week', 8), 'Succeeded');
    await runTimer(world);
    await activities.markRemoved(world.services, { transfer: 'week', archives: true, runs: false });
    await runTimer(world);
    expect(world.started).toEqual(['delete:week']);
  });

  it('removes an old entry that is nobody’s, and leaves a transfer that goes on', async () => {
    const world = historyWorld(RETENTION);
    await world.transfers.index.add({
      id: 'leftover',
      route: 'public-to-china',
      requestedAt: reportOf('x', 50).requestedAt,
    });
    await makeTransfer(world, reportOf('running', 60));
    await runTimer(world);
    const ids: string[] = [];
    for await (const { id } of world.transfers.index.list()) ids.push(id);
    expect(ids).toEqual(['running']);
    expect(world.started).toEqual([]);
  });

  it('leaves a transfer of which the other side has not told yet, until it has', async () => {
    const world = historyWorld(RETENTION);
    const waiting = reportOf('waiting', 400);
    const counts = { ...waiting.counts, Transferred: 0, HandedOver: 1 };
    await makeTransfer(world, { ...waiting, counts }, 'HandedOver');
    await runTimer(world);
    expect(world.started).toEqual([]);
    await world.transfers.close({ ...waiting, state: 'Succeeded' }, true);
    await runTimer(world);
    expect(world.started).toEqual(['delete:waiting']);
    const open: string[] = [];
    for await (const id of world.transfers.listOpen()) open.push(id);
    expect(open).toEqual(['waiting']);
    expect(await readLastTransfer(world.transfers, waiting.route)).toMatchObject({ state: 'Succeeded' });
  });

  it('deletes nothing of a new transfer that has the id of an old one, and removes what is left of that', async () => {
    const world = historyWorld(RETENTION);
    await keepEnded(world, [reportOf('again', 400), reportOf('gone', 400)]);
    await makeTransfer(world, reportOf('again', 1));
    await runTimer(world);
    expect(world.started).toEqual([]);
    expect((await world.transfers.readControl('again')).deletion).toBeNull();
    const left: string[] = [];
    for await (const { requestedAt } of world.transfers.index.list()) left.push(requestedAt.slice(0, 10));
    expect(left).toEqual([reportOf('again', 1).requestedAt.slice(0, 10)]);
  });

  it('deletes no record without the mark of a deletion, though the activity runs twice', async () => {
    const world = historyWorld(RETENTION);
    const { services, transfers } = world;
    await makeTransfer(world, reportOf('abc', 400), 'Succeeded');
    await transfers.changeControl('abc', (control) => ({ ...control, deletion: { at: 'now' } }));
    await activities.deleteRecord(services, { transfer: 'abc' });
    expect(await transfers.readRequest('abc')).toBeUndefined();
    await makeTransfer(world, reportOf('abc', 0));
    await activities.deleteRecord(services, { transfer: 'abc' });
    expect(await transfers.readRequest('abc')).toBeDefined();
  });

  it('leaves transfers of a route that is not configured any more', async () => {
    const world = historyWorld(RETENTION);
    await keepEnded(world, [reportOf('orphan', 400, { route: 'gone' })]);
    await runTimer(world);
    expect(world.started).toEqual([]);
  });
});
