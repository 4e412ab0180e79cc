import { JsonBlobs } from '../../../src/azure/records/blob-json.ts';
import { LastTransfers } from '../../../src/azure/records/last-transfers.ts';
import { PaceRecords } from '../../../src/azure/records/pace-records.ts';
import { TransferRecords } from '../../../src/azure/records/transfer-records.ts';
import { reportOf } from '../../support/history-world.ts';
import { memoryContainer } from '../../support/memory-container.ts';

const report = reportOf('abc', 0);

describe.each(['not JSON', '{"samples":1}', '[]'])('a record that is %j', (text) => {
  it('is forgotten where it is a hint, and keeps no transfer from its report', async () => {
    const container = memoryContainer();
    for (const hint of ['pace', 'last']) await container.writeText(`${hint}/${report.route}.json`, text);
    const paces = new PaceRecords(container);
    await paces.add(report);
    expect(await paces.read(report.route)).toEqual({ samples: [] });
    const transfers = new TransferRecords(container);
    await transfers.writeReport(report);
    expect(await transfers.readReport('abc')).toEqual(report);
    expect(await new LastTransfers(new JsonBlobs(container)).read(report.route)).toMatchObject({ id: 'abc' });
  });

  it('is told of where it is none', async () => {
    const container = memoryContainer();
    await container.writeText('transfers/abc/report.json', text);
    const reading = new TransferRecords(container).readReport('abc');
    await expect(reading).rejects.toMatchObject({ code: 'RECORD_UNREADABLE' });
  });
});
