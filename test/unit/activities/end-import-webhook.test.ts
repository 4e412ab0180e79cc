import { endImport } from '../../../src/activities/import/end-import.ts';
import type { Services } from '../../../src/activities/services.ts';
import { ImportRecords } from '../../../src/azure/records/import-records.ts';
import { newImport, reopened } from '../../../src/domain/import/import-document.ts';
import { memoryContainer } from '../../support/memory-container.ts';

const AT = '2026-01-01T00:00:00.000Z';
const CAUSE = { trigger: 'event', requestedBy: 'event', correlationId: 'c' } as const;
const FAILURE = { class: 'service', code: 'RECEIPT_MISSING', message: 'x' } as const;
const FAILED = { importId: 'i', end: { kind: 'Failed', failure: FAILURE } } as const;

async function openWorld(webhook?: { events: string[] }) {
  const imports = new ImportRecords(memoryContainer());
  const archive = { account: 'a', container: 'c', name: 'x.tar', bytes: 1, md5: null, etag: 'e', landedAt: AT };
  await imports.create(newImport({ id: 'i', route: 'r', archive, requestedAt: AT, ...CAUSE }));
  const services = { imports, route: () => ({ receipts: 'optional', webhook }) } as unknown as Services;
  return { imports, services };
}

describe('endImport', () => {
  it('marks each end for the webhook under a number of its own, and gives the same when it runs twice', async () => {
    const { imports, services } = await openWorld({ events: ['Failed'] });
    expect(await endImport(services, FAILED)).toEqual({ state: 'Failed', reason: null, notify: 1 });
    expect(await endImport(services, FAILED)).toEqual({ state: 'Failed', reason: null, notify: 1 });
    await imports.update('i', (found) => reopened(found, { ...CAUSE, at: AT, isAnew: false }));
    expect(await imports.read('i')).not.toHaveProperty('webhook');
    expect(await endImport(services, FAILED)).toMatchObject({ notify: 2 });
    expect(await imports.read('i')).toMatchObject({ ends: 2, webhook: { end: 2, state: 'Pending', tries: 0 } });
  });

  it('keeps an import that was opened again and is then left alone, so that its ends go on counting', async () => {
    const { imports, services } = await openWorld({ events: ['Failed'] });
    const ignored = { importId: 'i', end: { kind: 'Ignored', reason: 'off' } } as const;
    await endImport(services, FAILED);
    await imports.update('i', (found) => reopened(found, { ...CAUSE, at: AT, isAnew: true }));
    expect(await endImport(services, ignored)).toEqual({ state: 'Ignored', reason: 'off' });
    expect(await endImport(services, ignored)).toEqual({ state: 'Ignored', reason: 'off' });
    expect(await imports.read('i')).toMatchObject({ state: 'Ignored', reason: 'off', ends: 2 });
    await imports.update('i', (found) => reopened(found, { ...CAUSE, at: AT, isAnew: true }));
    expect(await endImport(services, FAILED)).toMatchObject({ notify: 3 });
  });

  it('keeps nothing of one that is left alone at its first look', async () => {
    const { imports, services } = await openWorld();
    await endImport(services, { importId: 'i', end: { kind: 'Ignored', reason: 'off' } });
    expect(await imports.read('i')).toBeUndefined();
  });

  it.each([[undefined], [{ events: ['Succeeded'] }]])('marks nothing for a route with webhook %j', async (webhook) => {
    const { imports, services } = await openWorld(webhook);
    expect(await endImport(services, FAILED)).toEqual({ state: 'Failed', reason: null });
    expect(await imports.read('i')).not.toHaveProperty('webhook');
  });
});
