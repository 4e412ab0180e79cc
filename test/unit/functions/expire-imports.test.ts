import type { InvocationContext } from '@azure/functions';
import type { DurableClient } from 'durable-functions';
import type { Services } from '../../../src/activities/services.ts';
import { ImportRecords } from '../../../src/azure/records/import-records.ts';
import type { RunView } from '../../../src/domain/batch/batch-record.ts';
import type { ImportDocument } from '../../../src/domain/import/import-document.ts';
import { formatRunName, instanceIds } from '../../../src/domain/names.ts';
import { routeSchema } from '../../../src/domain/route/route.ts';
import { expireImports } from '../../../src/functions/imports/expire-imports.ts';
import type { RetentionLimits } from '../../../src/functions/retention-turns.ts';
import { countingContainer } from '../../support/counting-container.ts';
import { importOf } from '../../support/import-activities.ts';
import { memoryContainer } from '../../support/memory-container.ts';
import { SAMPLE_ROUTE } from '../domain/sample-route.ts';

const DAY_MS = 86_400_000;
const RETENTION = { archivesDays: 7, runsDays: 30, reportsDays: 365 };
const PLENTY = { starts: 100, timeMs: 60_000 };
const idOf = (index: number) => String(index).padStart(32, '0');
const runOf = (id: string, attempt: number) => formatRunName('import', { id, path: 'blob', attempt });
const viewOf = (run: string): RunView => {
  const times = { startedAt: null, finishedAt: null };
  return { run, status: 'Succeeded', percentage: 100, catalogDigest: null, error: null, ...times };
};

function newWorld() {
  const { container, counts } = countingContainer(memoryContainer());
  const imports = new ImportRecords(container);
  const route = routeSchema.parse({ ...SAMPLE_ROUTE, retention: RETENTION });
  const deletedRuns: string[] = [];
  const purged: string[] = [];
  const events: Record<string, unknown>[] = [];
  const failing = new Set<string>();
  const deleteRun = async (name: string) => {
    if (failing.has(name)) throw new Error('the service does not delete it');
    deletedRuns.push(name);
  };
  const services = { imports, side: () => ({ pipelines: { deleteRun } }) } as unknown as Services;
  const client = { purgeInstanceHistory: async (id: string) => void purged.push(id) } as unknown as DurableClient;
  const keep = (text: string) => void events.push(JSON.parse(text));
  const context = { log: keep, error: keep } as unknown as InvocationContext;
  const routes = new Map([[route.name, route]]);
  return {
    imports,
    counts,
    deletedRuns,
    purged,
    events,
    failing,
    run: (limits: RetentionLimits = PLENTY) => expireImports({ routes }, services, client, context, limits),
    /** An import that ended so many days ago. */
    async keep(index: number, daysAgo: number, more: Partial<ImportDocument> = {}): Promise<string> {
      const at = new Date(Date.now() - daysAgo * DAY_MS - index).toISOString();
      const id = idOf(index);
      const runs = [viewOf(runOf(id, 1))];
      await imports.create({ ...importOf(id), requestedAt: at, finishedAt: at, state: 'Succeeded', runs, ...more });
      return id;
    },
  };
}

describe('the retention of imports', () => {
  it("deletes the app's own runs first, those of the service never, record and instances later", async () => {
    const world = newWorld();
    const id = idOf(1);
    const runs = [viewOf(runOf(id, 1)), viewOf('acr_run_7'), viewOf(runOf(id, 2))];
    await world.keep(1, 31, { runs, attempt: 2 });
    const young = await world.keep(2, 29);
    await world.run();
    expect(world.deletedRuns).toEqual([runOf(id, 1), runOf(id, 2)]);
    expect(world.purged).toEqual([]);
    expect(await world.imports.read(id)).toMatchObject({ runsRemoved: true, runs });
    expect(await world.imports.read(young)).toMatchObject({ runsRemoved: false });

    jest.useFakeTimers({ now: Date.now() + 340 * DAY_MS, doNotFake: ['setImmediate', 'nextTick'] });
    await world.imports.takeRun('acr_run_7', id);
    await world.run();
    jest.useRealTimers();
    expect(await world.imports.read(id)).toBeUndefined();
    expect([...(await world.imports.listIds()), ...(await world.imports.listTakenRuns())]).toEqual([]);
    const own = [runOf(id, 1), runOf(id, 2)].map(instanceIds.run);
    expect(world.purged).toEqual(
      expect.arrayContaining([...own, instanceIds.follow(id, 'acr_run_7'), instanceIds.import(id)]),
    );
    expect(world.deletedRuns).toEqual([runOf(id, 1), runOf(id, 2), runOf(young, 1)]);
  });

  it('begins with the oldest and goes on the next night where it stopped, whatever cannot be deleted', async () => {
    const world = newWorld();
    for (let index = 0; index < 6; index++) await world.keep(index, 40 + index);
    world.failing.add(runOf(idOf(5), 1));
    await world.run({ starts: 2, timeMs: 60_000 });
    expect(world.deletedRuns).toEqual([runOf(idOf(4), 1), runOf(idOf(3), 1)]);
    expect(world.events.at(-1)).toMatchObject({ event: 'importsExpired', expired: 2, left: 3 });
    await world.run({ starts: 2, timeMs: 60_000 });
    expect(world.deletedRuns.slice(2)).toEqual([runOf(idOf(2), 1), runOf(idOf(1), 1)]);
    await world.run({ starts: 2, timeMs: 60_000 });
    expect(world.deletedRuns.slice(4)).toEqual([runOf(idOf(0), 1)]);
  });

  it('begins nothing after its time', async () => {
    const world = newWorld();
    await world.keep(1, 400);
    await world.run({ starts: 10, timeMs: 0 });
    expect([world.deletedRuns, world.purged]).toEqual([[], []]);
    expect(world.events.at(-1)).toMatchObject({ expired: 0, left: 1 });
  });

  it('looks into an import of which nothing is due once, and then reads the list alone', async () => {
    const world = newWorld();
    for (let index = 0; index < 50; index++) await world.keep(index, 100, { runsRemoved: true });
    await world.run();
    world.counts.reset();
    await world.run();
    expect(world.counts.byKind).toEqual({ list: 1, readText: 1 });
    expect(world.purged).toEqual([]);
  });

  it('leaves an import that goes on, one of a route that is gone, and what has just begun', async () => {
    const world = newWorld();
    await world.keep(1, 400, { state: 'Running', finishedAt: null });
    await world.keep(2, 400, { route: 'gone' });
    await world.run();
    expect([...(await world.imports.listIds())].sort()).toEqual([idOf(1), idOf(2)]);
    expect([world.deletedRuns, world.purged]).toEqual([[], []]);
  });

  it('forgets the marks of an import that was tried again', async () => {
    const world = newWorld();
    const id = await world.keep(1, 400, { route: 'gone' });
    await world.run();
    const requestedAt = new Date().toISOString();
    await world.imports.update(id, (found) => ({ ...found, state: 'Running', finishedAt: null, requestedAt }));
    const listed: unknown[] = [];
    for await (const { id: of, marks } of world.imports.listIndex()) listed.push([of, marks]);
    expect(listed).toEqual([[id, undefined]]);
  });
});
