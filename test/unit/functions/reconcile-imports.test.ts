import type { InvocationContext } from '@azure/functions';
import type { Services } from '../../../src/activities/services.ts';
import { ImportRecords } from '../../../src/azure/records/import-records.ts';
import type { ImportDocument } from '../../../src/domain/import/import-document.ts';
import { routeSchema } from '../../../src/domain/route/route.ts';
import { notTold } from '../../../src/domain/webhook/webhook.ts';
import { reconcileImports } from '../../../src/functions/imports/reconcile-imports.ts';
import { historyWorld } from '../../support/history-world.ts';
import { importOf } from '../../support/import-activities.ts';
import { SAMPLE_ROUTE } from '../domain/sample-route.ts';

/** An import that has ended, with its blob as it landed; the source trigger is `trigger.status`. */
async function worldOf(more: Partial<ImportDocument>, etag = '"i"') {
  const world = historyWorld();
  const imports = new ImportRecords(world.container);
  const running = importOf('i');
  const archive = { ...running.archive, landedAt: new Date().toISOString() };
  await imports.create({ ...running, archive });
  await imports.update('i', (found) => ({ ...found, state: 'Succeeded', ends: 1, ...more }));
  const trigger = { status: 'Disabled' };
  const metadata = { category: 'acr-transfer-blob' };
  const blob = { etag, sizeBytes: 10, contentMd5: running.archive.md5, lastModified: archive.landedAt, metadata };
  const side = {
    container: { properties: async () => blob },
    settings: { container: 'transfer' },
    pipelines: {
      listRuns: async function* () {},
      getRun: async () => undefined,
      getImportPipeline: async () => ({ properties: { source: {}, options: [], trigger: { sourceTrigger: trigger } } }),
    },
  };
  const route = routeSchema.parse({ ...SAMPLE_ROUTE, import: { auto: 'mirror', by: 'app' } });
  const services = { ...world.services, imports, route: () => route, side: () => side, receipts: () => undefined };
  const isOpen = async () => (await world.container.properties('open-imports/i')) !== undefined;
  const context = { ...world.context, invocationId: 'c' } as InvocationContext;
  const tick = () => reconcileImports([], services as unknown as Services, world.client, context);
  return { world, imports, trigger, isOpen, tick };
}

describe('reconcileImports', () => {
  it('has the webhook told of an end that nobody has begun to tell, then takes the marker away', async () => {
    const { world, isOpen, tick } = await worldOf({ webhook: notTold(1) });
    await tick();
    expect(world.started).toEqual(['notify:import:i:1']);
    expect(await isOpen()).toBe(false);
  });

  it('leaves the marker where nothing can be started', async () => {
    const { world, isOpen, tick } = await worldOf({ webhook: notTold(1) });
    world.client.startNew = () => Promise.reject(new Error('away'));
    await tick();
    expect(await isOpen()).toBe(true);
  });

  it('looks again at one that was left alone after an earlier end, and opens it once nothing speaks against it', async () => {
    const { world, imports, trigger, isOpen, tick } = await worldOf({ state: 'Ignored', ends: 2 });
    await tick();
    expect(world.started).toEqual([]);
    expect(await isOpen()).toBe(true);
    trigger.status = 'Enabled';
    await tick();
    expect(world.events.filter(({ event }) => event === 'reconcileFailed')).toEqual([]);
    expect(world.started).toEqual(['import:i']);
    expect(await imports.read('i')).toMatchObject({ state: 'Accepted', ends: 2 });
  });

  it('is done with it where another blob lies there', async () => {
    const { isOpen, tick } = await worldOf({ state: 'Ignored', ends: 2 }, '"other"');
    await tick();
    expect(await isOpen()).toBe(false);
  });
});
