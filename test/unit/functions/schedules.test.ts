import type { DurableClient } from 'durable-functions';
import type { Services } from '../../../src/activities/services.ts';
import { ScheduleRecords } from '../../../src/azure/records/schedule-records.ts';
import { TransferRecords } from '../../../src/azure/records/transfer-records.ts';
import { startScheduled, type Target } from '../../../src/functions/schedules.ts';
import { reportOf } from '../../support/history-world.ts';
import { memoryContainer } from '../../support/memory-container.ts';

function openWorld(overlap: 'skip' | 'allow' = 'skip') {
  const container = memoryContainer();
  const transfers = new TransferRecords(container);
  const schedules = new ScheduleRecords(container);
  const started: string[] = [];
  const client = {
    getStatus: async (id: string) => {
      if (started.includes(id)) return { runtimeStatus: 'Running' };
      throw new Error('there is none');
    },
    startNew: async (_: string, { instanceId }: { instanceId: string }) => void started.push(instanceId),
  } as unknown as DurableClient;
  const schedule = { name: 'hourly', cron: '0 0 * * * *', artifacts: ['a:1'], options: {}, overlap };
  const target = { route: { name: 'r' }, schedule } as unknown as Target;
  const services = { transfers, schedules } as unknown as Services;
  const tick = (time: string) =>
    startScheduled(services, client, target, { now: new Date(`2026-03-01T${time}Z`), correlationId: 'c' });
  const end = (id = '') => transfers.writeReport(reportOf(id, 0));
  return { transfers, schedules, started, tick, end, client };
}

describe('a tick of a schedule', () => {
  it('that runs twice, late, or by two hosts at once starts one transfer', async () => {
    const { started, tick } = openWorld();
    const [first, second] = await Promise.all([tick('05:00:00'), tick('05:00:01')]);
    expect((await tick('05:40:00')).transfer).toBe(first?.transfer);
    expect(second?.transfer).toBe(first?.transfer);
    expect(new Set(started)).toEqual(new Set([`transfer:${first?.transfer}`]));
  });

  it('is for the last of the times that were missed', async () => {
    const { tick, end } = openWorld();
    const { transfer } = await tick('05:00:00');
    await end(transfer);
    expect((await tick('11:20:00')).transfer).toMatch(/^20260301-110000-/);
  });

  it('is left out while the previous transfer runs, and goes on when that has ended', async () => {
    const { started, tick, end } = openWorld();
    const { transfer } = await tick('05:00:00');
    expect(await tick('06:00:00')).toMatchObject({ event: 'scheduleSkipped', running: transfer });
    expect(await tick('07:00:00')).toMatchObject({ event: 'scheduleSkipped', running: transfer });
    await end(transfer);
    expect(await tick('08:00:00')).toMatchObject({ event: 'scheduleStarted' });
    expect(started).toHaveLength(2);
  });

  it('starts beside the previous transfer where it may overlap', async () => {
    const { started, tick } = openWorld('allow');
    await tick('05:00:00');
    expect(await tick('06:00:00')).toMatchObject({ event: 'scheduleStarted' });
    expect(started).toHaveLength(2);
  });

  it('of a clock that is behind starts nothing', async () => {
    const { started, tick } = openWorld('allow');
    await tick('05:00:00');
    expect(await tick('04:59:00')).toEqual({ event: 'scheduleNotDue' });
    expect(started).toHaveLength(1);
  });

  it('that broke off is made up for: before its request by any other, after it by the same', async () => {
    const { schedules, started, tick, client } = openWorld();
    await schedules.writeLast('r', 'hourly', { transfer: 'lost', dueAt: '2026-03-01T04:00:00.000Z' });
    const startNew = client.startNew;
    client.startNew = () => Promise.reject(new Error('away'));
    await expect(tick('05:00:00')).rejects.toThrow('away');
    client.startNew = startNew;
    const { event, transfer } = await tick('05:00:05');
    expect(event).toBe('scheduleStartedBefore');
    expect(started).toEqual([`transfer:${transfer}`]);
  });
});
