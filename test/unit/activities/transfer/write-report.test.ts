import { activities } from '../../../../src/activities/all.ts';
import type { Services } from '../../../../src/activities/services.ts';
import { TransferRecords } from '../../../../src/azure/records/transfer-records.ts';
import { clientActivities } from '../../../../src/functions/client-activities.ts';
import { historyWorld, makeTransfer, reportOf } from '../../../support/history-world.ts';

const CALL = { transfer: 'abc', error: null };
const NOTIFIED = { kind: 'transfer', id: 'abc', end: 1 } as const;

/** A transfer that nothing was planned for, at its end. */
async function worldOf(events?: string[]) {
  const world = historyWorld();
  const webhook = events && { events };
  const services = {
    transfers: world.transfers,
    paces: { add: async () => {} },
    route: () => ({ webhook }),
  } as unknown as Services;
  await makeTransfer(world, reportOf('abc', 0));
  const isOpen = async () => (await world.container.properties('open/abc')) !== undefined;
  const startNotification = () => clientActivities.startNotification(services, world.client, NOTIFIED);
  return { world, services, isOpen, startNotification };
}

describe('writeReport', () => {
  it('leaves the report of another execution, which was quicker, as it is, and answers what that says', async () => {
    const { world, services } = await worldOf(['Failed', 'Succeeded']);
    const settled = reportOf('abc', 0, { state: 'Succeeded' });
    const slow = new TransferRecords(world.container);
    const { readReport } = slow;
    let reads = 0;
    slow.readReport = async (id) => {
      reads += 1;
      if (reads > 1) return readReport.call(slow, id);
      await world.transfers.writeReport(settled);
      return undefined;
    };
    const failure = { class: 'service', code: 'LATE', message: 'late' } as const;
    const ended = await activities.writeReport({ ...services, transfers: slow }, { ...CALL, error: failure });
    expect(ended).toEqual({ state: 'Succeeded' });
    expect(await world.transfers.readReport('abc')).toEqual(settled);
  });

  it('removes the marker where nobody is to be told', async () => {
    const { services, isOpen } = await worldOf();
    expect(await activities.writeReport(services, CALL)).not.toHaveProperty('notify');
    expect(await isOpen()).toBe(false);
  });

  it('leaves that of a deletion which was asked for as soon as there was a report', async () => {
    const { world, services, isOpen } = await worldOf();
    await world.transfers.changeControl('abc', (found) => ({ ...found, deletion: { at: 'now' } }));
    await activities.writeReport(services, CALL);
    expect(await isOpen()).toBe(true);
  });

  it('leaves it until telling the webhook has begun, however often the instance begins anew before', async () => {
    const { world, services, isOpen, startNotification } = await worldOf([
      'Failed',
      'Succeeded',
      'CompletedWithErrors',
    ]);
    expect(await activities.writeReport(services, CALL)).toMatchObject({ notify: 1 });
    expect(await activities.writeReport(services, CALL)).toMatchObject({ notify: 1 });
    expect(await activities.beginTransfer(services, { transfer: 'abc' })).toMatchObject({ ended: true });
    expect(await isOpen()).toBe(true);
    await startNotification();
    expect(world.started).toEqual(['notify:transfer:abc:1']);
    expect(await isOpen()).toBe(false);
  });
});

describe('startNotification', () => {
  it('leaves the marker of a deletion', async () => {
    const { world, services, isOpen, startNotification } = await worldOf([
      'Failed',
      'Succeeded',
      'CompletedWithErrors',
    ]);
    await activities.writeReport(services, CALL);
    await world.transfers.changeControl('abc', (found) => ({ ...found, deletion: { at: 'now' } }));
    await startNotification();
    expect(await isOpen()).toBe(true);
  });

  it('leaves the marker of a transfer that waits for the other side, or of which a later end is to be told', async () => {
    const { world, isOpen, startNotification } = await worldOf();
    const told = { end: 1, state: 'Pending', tries: 0, lastTryAt: null, lastStatus: null, lastError: null } as const;
    const waiting = reportOf('abc', 0, { webhook: told });
    await world.transfers.writeReport({ ...waiting, counts: { ...waiting.counts, HandedOver: 1 } });
    await startNotification();
    expect(await isOpen()).toBe(true);
    await world.transfers.changeReport('abc', () => ({ ...waiting, webhook: { ...told, end: 2 } }));
    await startNotification();
    expect(await isOpen()).toBe(true);
  });
});
