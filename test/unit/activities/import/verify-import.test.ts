import { verifyImport } from '../../../../src/activities/import/verify-import.ts';
import type { RunView } from '../../../../src/domain/batch/batch-record.ts';
import { decideImportEnd } from '../../../../src/domain/import/import-outcome.ts';
import { receiptNames } from '../../../../src/domain/receipt/receipt.ts';
import { ARCHIVE_NAME, DIGEST, importActivities, receiptFor } from '../../../support/import-activities.ts';

const RUN: RunView = {
  run: 'run1',
  status: 'Succeeded',
  percentage: 100,
  startedAt: null,
  finishedAt: null,
  catalogDigest: null,
  error: null,
};

/** What the import of an archive says whose receipt names `a:1`, and whose run imported these. */
async function verify(receipts: 'required' | 'optional', imported: string[], hasReceipt = true) {
  const world = importActivities({ receipts });
  await world.begin('one', { runs: [RUN] });
  world.imported.set('run1', imported);
  for (const name of ['a:1', 'b:1', 'c:latest', `a@${DIGEST}`]) world.registry.set(name, DIGEST);
  if (hasReceipt) {
    await world.receipts.write(receiptNames.receipt(ARCHIVE_NAME), JSON.stringify(receiptFor(['a:1'])), null);
  }
  await verifyImport(world.services, { importId: 'one', failure: null });
  const { artifacts = [] } = (await world.imports.read('one')) ?? {};
  return { artifacts, end: decideImportEnd(artifacts, null) };
}

describe('the verification of an import', () => {
  it('names what a run imported and the receipt does not: an error where a receipt is required', async () => {
    const imported = ['r.azurecr.cn/a:1', `a@${DIGEST}`, 'r.azurecr.cn/b:1', 'c', 'no artifact'];
    const { artifacts, end } = await verify('required', imported);
    const told = artifacts.map(({ artifact, isNotInReceipt, outcome, error }) => {
      return [artifact, isNotInReceipt, outcome, error?.code];
    });
    expect(told).toEqual([
      ['a:1', false, 'Transferred', undefined],
      ['b:1', true, 'Transferred', 'NOT_IN_RECEIPT'],
      ['c:latest', true, 'Transferred', 'NOT_IN_RECEIPT'],
      ['no artifact', true, 'Failed', 'NOT_ARRIVED'],
    ]);
    expect(end.state).toBe('CompletedWithErrors');
  });

  it('marks it and no more where receipts are optional', async () => {
    const { artifacts, end } = await verify('optional', ['a:1', 'b:1']);
    expect(artifacts).toMatchObject([
      { isNotInReceipt: false },
      { artifact: 'b:1', isNotInReceipt: true, error: null },
    ]);
    expect(end.state).toBe('Succeeded');
  });

  it('takes what the run says where there is no receipt', async () => {
    const { artifacts } = await verify('optional', ['a:1', 'b:1'], false);
    expect(artifacts.map(({ isNotInReceipt }) => isNotInReceipt)).toEqual([false, false]);
  });
});
