import { createServices } from './activities/services.ts';
import { openContainer } from './azure/blobs/storage.ts';
import { useEnvironmentProxy } from './azure/proxy.ts';
import { ConfirmedRecords } from './azure/records/confirmed-records.ts';
import { ImportRecords } from './azure/records/import-records.ts';
import { PaceRecords } from './azure/records/pace-records.ts';
import { PushRecords } from './azure/records/push-records.ts';
import { ScheduleRecords } from './azure/records/schedule-records.ts';
import { TimerCursors } from './azure/records/timer-cursors.ts';
import { TransferRecords } from './azure/records/transfer-records.ts';
import { WebhookRecords } from './azure/records/webhook-records.ts';
import { createStateCredential } from './azure/sign-in/credential.ts';
import { readSettings } from './config/environment.ts';
import type { Settings } from './config/settings.ts';
import { settingFaultLine } from './domain/alert-lines.ts';
import { registerBlobTriggers } from './functions/blob-triggers.ts';
import { registerDurable } from './functions/durable.ts';
import { registerHttp } from './functions/http/register.ts';
import { registerPushes } from './functions/pushes.ts';
import { registerSchedules } from './functions/schedules.ts';
import { registerTimers } from './functions/timers.ts';

/** The composition root: settings, adapters, functions. */
useEnvironmentProxy();
const settings = readSettings();
for (const fault of settings.faults) {
  // One bad route must not take the app away: it is named here and by /api/routes, the good ones work.
  console.error(settingFaultLine(fault));
}
const opened = openServices(settings);
registerHttp(settings, opened?.services);
if (opened) {
  const { services, cursors } = opened;
  registerDurable(services);
  registerTimers({ settings, services, cursors });
  registerSchedules(settings, services);
  registerBlobTriggers(settings, services);
  registerPushes(settings, services);
}

function openServices({ stateContainerUrl, stateClientId, routes }: Settings) {
  if (stateContainerUrl === undefined) return undefined;
  const credential = createStateCredential(stateClientId);
  const container = openContainer(stateContainerUrl, credential);
  const records = {
    transfers: new TransferRecords(container),
    imports: new ImportRecords(container),
    confirmed: new ConfirmedRecords(container),
    paces: new PaceRecords(container),
    schedules: new ScheduleRecords(container),
    pushes: new PushRecords(container),
    webhooks: new WebhookRecords(container),
  };
  return { services: createServices({ routes, records, credential }), cursors: new TimerCursors(container) };
}
