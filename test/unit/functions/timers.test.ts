import { ImportRecords } from '../../../src/azure/records/import-records.ts';
import { TimerCursors } from '../../../src/azure/records/timer-cursors.ts';
import { deleteOld, reconcileAll } from '../../../src/functions/timers.ts';
import { type HistoryWorld, historyWorld, makeTransfer, reportOf } from '../../support/history-world.ts';
import { memoryContainer } from '../../support/memory-container.ts';

function worldOf() {
  const world = historyWorld({ reportsDays: 365 });
  const container = memoryContainer();
  const settings = { ...world.settings, routes: new Map(world.settings.routes) };
  Object.assign(world.services, { imports: new ImportRecords(container) });
  const parts = { settings, services: world.services, cursors: new TimerCursors(container) };
  return { world, settings, parts };
}

function eventsOf({ events }: HistoryWorld, name: string) {
  return events.filter(({ event }) => event === name);
}

describe('the reconciling timer', () => {
  it('looks at pushes and imports though transfers cannot be listed, tells of it, and fails', async () => {
    const { world, settings, parts } = worldOf();
    settings.routes.clear();
    world.transfers.listOpen = () => {
      throw new Error('no list');
    };
    await expect(reconcileAll(parts, world.client, world.context)).rejects.toThrow('no list');
    expect(eventsOf(world, 'importsReconciled')).toHaveLength(1);
    expect(eventsOf(world, 'reconcileFailed')).toMatchObject([{ part: 'transfers' }]);
  });

  it('looks at transfers though imports cannot be listed, or take for ever', async () => {
    const { world, settings, parts } = worldOf();
    settings.routes.clear();
    await makeTransfer(world, reportOf('abc', 0));
    let fail: (error: Error) => void = () => undefined;
    world.services.imports.listOpen = async function* () {
      yield await new Promise<string>((_, reject) => {
        fail = reject;
      });
    };
    const done = reconcileAll(parts, world.client, world.context);
    for (let turns = 0; turns < 1000 && world.started.length === 0; turns++) await new Promise(setImmediate);
    expect(world.started).toEqual(['transfer:abc']);
    fail(new Error('no imports'));
    await expect(done).rejects.toThrow('no imports');
    expect(eventsOf(world, 'reconcileFailed')).toMatchObject([{ part: 'imports' }]);
  });
});

describe('the retention timer', () => {
  it('looks at imports and purges though transfers cannot be listed, tells of it, and fails', async () => {
    const { world, parts } = worldOf();
    world.transfers.index.list = () => {
      throw new Error('no list');
    };
    await expect(deleteOld(parts, world.client, world.context)).rejects.toThrow('no list');
    expect(eventsOf(world, 'retentionFailed')).toMatchObject([{ part: 'transfers' }]);
    expect(world.events.map(({ event }) => event).slice(1)).toEqual(['importsExpired', 'historyPurged']);
  });

  it('purges last, so that a purge that fails or never ends keeps nothing from its turn', async () => {
    const { world, parts } = worldOf();
    await makeTransfer(world, reportOf('year', 366), 'Succeeded');
    world.client.purgeInstanceHistoryBy = () => Promise.reject(new Error('too much'));
    await expect(deleteOld(parts, world.client, world.context)).rejects.toThrow('too much');
    expect(world.started).toEqual(['delete:year']);
    const names = ['retentionDone', 'importsExpired', 'historyPurged', 'retentionFailed'];
    expect(world.events.map(({ event }) => event)).toEqual(names);
  });
});
