import { ImportRecords } from '../../../src/azure/records/import-records.ts';
import { type ImportDocument, reopened } from '../../../src/domain/import/import-document.ts';
import { notTold } from '../../../src/domain/webhook/webhook.ts';
import { importOf } from '../../support/import-activities.ts';
import { memoryContainer } from '../../support/memory-container.ts';

const LATER = '2026-02-01T00:00:00.000Z';
const AGAIN = { trigger: 'reconcile', requestedBy: 'reconcile', correlationId: 'c', at: LATER, isAnew: true } as const;
const ended = (found: ImportDocument): ImportDocument => ({ ...found, state: 'Succeeded', finishedAt: LATER, ends: 1 });

async function worldOf() {
  const container = memoryContainer();
  const imports = new ImportRecords(container);
  await imports.create(importOf('i'));
  const isOpen = async () => (await container.properties('open-imports/i')) !== undefined;
  return { container, imports, isOpen };
}

describe('the record of an import', () => {
  it('that is deleted while it is changed is not made again, and nothing leads to it', async () => {
    const { container, imports, isOpen } = await worldOf();
    await imports.update('i', ended);
    const { read } = imports;
    imports.read = async (id) => {
      const found = await read.call(imports, id);
      if (found) await imports.delete(found);
      return found;
    };
    expect(await imports.update('i', (found) => reopened(found, AGAIN))).toBeUndefined();
    expect(await container.properties('imports/i.json')).toBeUndefined();
    expect(await isOpen()).toBe(false);
  });

  it('that is changed into itself is not written', async () => {
    const { container, imports } = await worldOf();
    const before = await container.properties('imports/i.json');
    expect(await imports.update('i', (found) => found)).toMatchObject({ id: 'i' });
    expect((await container.properties('imports/i.json'))?.etag).toBe(before?.etag);
  });

  it('keeps its marker after the end until the webhook has been told', async () => {
    const { imports, isOpen } = await worldOf();
    await imports.update('i', (found) => ({ ...ended(found), webhook: notTold(1) }));
    expect(await isOpen()).toBe(true);
    await imports.update('i', (found) => ({ ...found, webhook: { ...notTold(1), state: 'Delivered' } }));
    expect(await isOpen()).toBe(false);
  });

  it('has its marker again when it is opened again before that', async () => {
    const { imports, isOpen } = await worldOf();
    await imports.update('i', (found) => ({ ...ended(found), webhook: notTold(1) }));
    await imports.closeOpen('i');
    await imports.update('i', (found) => ({ ...found, webhook: { ...notTold(1), tries: 2 } }));
    expect(await isOpen()).toBe(false);
    await imports.update('i', (found) => reopened(found, AGAIN));
    expect(await isOpen()).toBe(true);
  });
});
