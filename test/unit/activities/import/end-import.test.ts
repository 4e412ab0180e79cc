import { endImport } from '../../../../src/activities/import/end-import.ts';
import type { ImportDocument } from '../../../../src/domain/import/import-document.ts';
import { receiptNames } from '../../../../src/domain/receipt/receipt.ts';
import { ARCHIVE_NAME, DIGEST, type ImportActivities, importActivities } from '../../../support/import-activities.ts';

const MISMATCH = { class: 'artifact', code: 'RECEIPT_MISMATCH', message: 'it says 11 bytes' } as const;
const REFUSED = { kind: 'Failed', failure: MISMATCH } as const;
const RAN = { kind: 'Ran', failure: null } as const;
const of = (state: ImportDocument['receipt']['state']) => ({ state, reason: 'r', transfer: 'far', batch: 'b0001' });
const arrived = { artifact: 'a:1', digest: DIGEST, expectedDigest: DIGEST, outcome: 'Transferred' } as const;
const GOOD = {
  receipt: of('matched'),
  artifacts: [{ ...arrived, error: null, isNotInReceipt: false }],
} satisfies Partial<ImportDocument>;

async function refuse(world: ImportActivities, id: string): Promise<void> {
  await world.begin(id, { receipt: of('mismatch') });
  await endImport(world.services, { importId: id, end: REFUSED });
}

describe('the end of an import', () => {
  it('tells the source why an archive that is not what its receipt says was refused', async () => {
    const world = importActivities();
    await refuse(world, 'bad');
    expect(await world.answer()).toMatchObject({
      transfer: 'far',
      batch: 'b0001',
      archive: { name: ARCHIVE_NAME },
      error: MISMATCH,
      artifacts: [],
    });
    expect(await world.imports.read('bad')).toMatchObject({ state: 'Failed', error: MISMATCH });
  });

  it('tells it of any final failure of an archive that has a receipt, also where the service has run', async () => {
    const world = importActivities();
    const denied = { class: 'access', code: 'DENIED', message: 'no' } as const;
    await world.begin('denied', { receipt: of('matched') });
    await endImport(world.services, { importId: 'denied', end: { kind: 'Failed', failure: denied } });
    expect(await world.answer()).toMatchObject({ error: denied, artifacts: [] });
    const ran = importActivities();
    await ran.begin('ran', { receipt: of('mismatch'), artifacts: GOOD.artifacts });
    await endImport(ran.services, { importId: 'ran', end: RAN });
    expect(await ran.answer()).toMatchObject({ error: { code: 'RECEIPT_MISMATCH' }, artifacts: [] });
  });

  it.each(['SERVICE_DID_NOT_IMPORT', 'ARCHIVE_CHANGED', 'ARCHIVE_NOT_FOUND'])(
    'tells nothing of %s, after which the archive may still be imported',
    async (code) => {
      const world = importActivities();
      await world.begin('open', { receipt: of('matched') });
      const failure = { class: 'service', code, message: 'm' } as const;
      await endImport(world.services, { importId: 'open', end: { kind: 'Failed', failure } });
      expect(await world.answer()).toBeUndefined();
    },
  );

  it('answers nobody where the receipt cannot be trusted', async () => {
    const world = importActivities();
    await world.begin('x', { receipt: { ...of('unsigned'), transfer: null, batch: null } });
    const failure = { ...MISMATCH, code: 'RECEIPT_UNSIGNED' };
    await endImport(world.services, { importId: 'x', end: { kind: 'Failed', failure } });
    expect(await world.answer()).toBeUndefined();
  });

  it('tells of a good copy that comes later, and says in its document that the first one was refused', async () => {
    const world = importActivities();
    await refuse(world, 'bad');
    await world.begin('good', GOOD);
    const ended = await endImport(world.services, { importId: 'good', end: RAN });
    expect(ended).toMatchObject({ state: 'Succeeded', reason: expect.stringContaining('RECEIPT_MISMATCH') });
    expect(await world.imports.read('good')).toMatchObject({ reason: ended.reason });
    expect(await world.answer()).toMatchObject({ error: null, artifacts: [{ outcome: 'Transferred' }] });
  });

  it('keeps saying so when it is ended twice because the host died before the record was written', async () => {
    const world = importActivities();
    await refuse(world, 'bad');
    await world.begin('good', GOOD);
    const { update } = world.imports;
    let calls = 0;
    world.imports.update = (id, change) => {
      calls += 1;
      return calls === 2 ? Promise.reject(new Error('killed')) : update.call(world.imports, id, change);
    };
    await expect(endImport(world.services, { importId: 'good', end: RAN })).rejects.toThrow('killed');
    const ended = await endImport(world.services, { importId: 'good', end: RAN });
    expect(ended.reason).toContain('RECEIPT_MISMATCH');
  });

  it('does not take back what it said of a good copy when a bad one comes later', async () => {
    const world = importActivities();
    await world.begin('good', GOOD);
    await endImport(world.services, { importId: 'good', end: RAN });
    const said = await world.answer();
    await refuse(world, 'bad');
    expect(await world.answer()).toEqual(said);
  });

  it('overwrites what somebody else left in the place of its answer', async () => {
    const world = importActivities();
    await world.receipts.write(receiptNames.importReceipt(ARCHIVE_NAME), 'x'.repeat(5 * 1024 * 1024), null);
    await refuse(world, 'bad');
    expect(await world.answer()).toMatchObject({ error: MISMATCH });
  });

  it('says nothing to the source of what its receipt did not name', async () => {
    const world = importActivities();
    const beside = { ...arrived, artifact: 'b:1', expectedDigest: null, error: null, isNotInReceipt: true };
    await world.begin('good', {
      ...GOOD,
      artifacts: [...GOOD.artifacts, { ...beside, digest: null, outcome: 'Failed' }],
    });
    await endImport(world.services, { importId: 'good', end: RAN });
    expect((await world.answer())?.artifacts.map(({ artifact }) => artifact)).toEqual(['a:1']);
  });
});
