import { readLastTransfer } from '../../../src/azure/records/transfer-history.ts';
import type { RouteDocument } from '../../../src/domain/api/answers.ts';
import { transferListSchema } from '../../../src/domain/api/answers.ts';
import type { TransferSummary } from '../../../src/domain/transfer/transfer-summary.ts';
import { listRoutes } from '../../../src/functions/http/read-routes.ts';
import { listTransfers } from '../../../src/functions/http/read-transfers.ts';
import {
  bodyOf,
  getCall,
  type HistoryWorld,
  historyWorld,
  keepEnded,
  makeTransfer,
  reportOf,
} from '../../support/history-world.ts';

interface List {
  value: TransferSummary[];
  continuation?: string;
}

async function list({ services }: HistoryWorld, query: string): Promise<List> {
  const body = bodyOf<List>(await listTransfers(services, getCall(query)));
  return transferListSchema.parse(body) as List;
}

const idsOf = ({ value }: List) => value.map(({ id }) => id);

describe('GET /transfers', () => {
  let world: HistoryWorld;
  beforeAll(async () => {
    world = historyWorld();
    const many = Array.from({ length: 3000 }, (_, index) =>
      reportOf(`t-${String(index).padStart(4, '0')}`, index + 1, index % 1000 === 999 ? { state: 'Failed' } : {}),
    );
    await keepEnded(world, many);
  });
  beforeEach(() => world.counts.reset());

  it('reads a small summary for each that it gives, and the list', async () => {
    const { value, continuation } = await list(world, 'limit=20');
    expect(idsOf({ value })).toEqual(Array.from({ length: 20 }, (_, index) => `t-${String(index).padStart(4, '0')}`));
    expect(continuation).toMatch(/-t-0019$/);
    expect(world.counts.byKind).toEqual({ list: 1, readText: 20 });
    expect(Object.keys(value[0] ?? {})).not.toEqual(expect.arrayContaining(['batches']));
  });

  it('reads none that the list itself rules out, by state, route or time', async () => {
    expect(idsOf(await list(world, 'state=Failed'))).toEqual(['t-0999', 't-1999', 't-2999']);
    expect(world.counts.byKind).toEqual({ list: 3, readText: 3 });
    expect(idsOf(await list(world, 'route=other'))).toEqual([]);
    const to = encodeURIComponent(reportOf('x', 2999.5).requestedAt);
    expect(idsOf(await list(world, `to=${to}`))).toEqual(['t-2999']);
    expect(world.counts.byKind.readText).toBe(4);
  });

  it('goes on where a page ended, without gap or repetition', async () => {
    const ids: string[] = [];
    for (let query = 'limit=7'; ids.length < 49; ) {
      const page = await list(world, query);
      ids.push(...idsOf(page));
      query = `limit=7&continuation=${page.continuation}`;
    }
    expect(ids).toEqual(Array.from({ length: 49 }, (_, index) => `t-${String(index).padStart(4, '0')}`));
  });

  it('shows one that goes on, and passes over an entry that is nobody’s', async () => {
    await makeTransfer(world, reportOf('running', 0));
    await world.transfers.index.add({
      id: 'running',
      route: 'public-to-china',
      requestedAt: reportOf('x', 0.5).requestedAt,
    });
    const { value } = await list(world, 'limit=2');
    expect(value.map(({ id, state }) => [id, state])).toEqual([
      ['running', 'Running'],
      ['t-0000', 'Succeeded'],
    ]);
    expect(idsOf(await list(world, 'state=Running'))).toEqual(['running']);
  });
});

describe('the last transfer of a route', () => {
  const ROUTE = 'public-to-china';

  it('is known by one request, or three while it goes on, however many transfers there are', async () => {
    const world = historyWorld();
    await keepEnded(
      world,
      Array.from({ length: 2000 }, (_, index) => reportOf(`t-${index}`, index + 1)),
    );
    await makeTransfer(world, reportOf('last', 0.5), 'CompletedWithErrors');
    world.counts.reset();
    const routes = bodyOf<{ value: RouteDocument[] }>(await listRoutes(world.settings, world.services));
    expect(routes.value).toMatchObject([{ name: ROUTE, lastTransfer: { id: 'last', state: 'CompletedWithErrors' } }]);
    expect(world.counts.byKind).toEqual({ readText: 1 });
    await makeTransfer(world, reportOf('now', 0));
    world.counts.reset();
    expect(await readLastTransfer(world.transfers, ROUTE)).toMatchObject({
      id: 'now',
      state: 'Running',
      finishedAt: null,
    });
    expect(world.counts.total).toBe(3);
  });

  it('is the newest that was asked for, whichever ends last', async () => {
    const world = historyWorld();
    await makeTransfer(world, reportOf('newer', 1));
    await makeTransfer(world, reportOf('older', 2), 'Failed');
    expect(await readLastTransfer(world.transfers, ROUTE)).toMatchObject({ id: 'newer' });
    await makeTransfer(world, reportOf('ended', 0), 'Succeeded');
    const { id, route, requestedAt } = reportOf('ended', 0);
    const ended = await world.transfers.readReport(id);
    await world.transfers.last.note(route, {
      id,
      state: 'Accepted',
      requestedAt: ended?.requestedAt ?? requestedAt,
      finishedAt: null,
    });
    expect(await readLastTransfer(world.transfers, ROUTE)).toMatchObject({ id: 'ended', state: 'Succeeded' });
  });

  it('is the one before it when it is deleted, and none when it was the only one', async () => {
    const world = historyWorld();
    for (const [id, daysAgo] of [
      ['first', 2],
      ['second', 1],
    ] as const)
      await makeTransfer(world, reportOf(id, daysAgo), 'Succeeded');
    for (const [id, left] of [
      ['second', 'first'],
      ['first', undefined],
    ] as const) {
      const request = await world.transfers.readRequest(id);
      if (request) await world.transfers.delete(request);
      expect((await readLastTransfer(world.transfers, ROUTE))?.id).toBe(left);
    }
  });
});
