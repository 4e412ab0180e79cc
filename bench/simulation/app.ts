import { app } from '@azure/functions';
import type { Services, SideServices } from '../../src/activities/services.ts';
import { ConfirmedRecords } from '../../src/azure/records/confirmed-records.ts';
import { ImportRecords } from '../../src/azure/records/import-records.ts';
import { PaceRecords } from '../../src/azure/records/pace-records.ts';
import { PushRecords } from '../../src/azure/records/push-records.ts';
import { ScheduleRecords } from '../../src/azure/records/schedule-records.ts';
import { WebhookRecords } from '../../src/azure/records/webhook-records.ts';
import type { Side } from '../../src/domain/errors.ts';
import { type Route, routeSchema, sideOf } from '../../src/domain/route/route.ts';
import { slotBudgets } from '../../src/domain/route/slot-budget.ts';
import { registerDurable } from '../../src/functions/durable.ts';
import { folderContainer } from './folder-container.ts';
import { InstantCloud } from './instant-cloud.ts';

/** The app of the simulation: the real orchestrators, entities and activities over a cloud that answers at once. */
const cloud = new InstantCloud();
const route = routeSchema.parse(JSON.parse(process.env.SIMULATED_ROUTE ?? ''));

const records = folderContainer(process.env.SIMULATED_RECORDS ?? '');

function openSide(_: Route, side: Side): SideServices {
  const registry = side === 'source' ? cloud.source : cloud.target;
  const services = { settings: sideOf(route, side), pipelines: cloud.pipelines, container: cloud.container };
  return { ...services, registry: async () => registry } as unknown as SideServices;
}

const nobody = () => {
  throw new Error('The simulated route starts nothing by itself and has no webhook.');
};

const services: Services = {
  route: () => route,
  slots: () => slotBudgets([route], route),
  side: openSide,
  container: () => cloud.container,
  transfers: cloud.openRecords(records),
  paces: new PaceRecords(records),
  confirmed: new ConfirmedRecords(records),
  // A route of both sides in one app has none of these.
  receipts: () => undefined,
  signer: () => undefined,
  imports: new ImportRecords(records),
  schedules: new ScheduleRecords(records),
  pushes: new PushRecords(records),
  webhooks: new WebhookRecords(records),
  vault: nobody,
};
registerDurable(services);

app.http('usage', {
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: async () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
    // Kilobytes on every platform (libuv), and microseconds.
    return { jsonBody: { peakBytes: maxRSS * 1024, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 } };
  },
});
