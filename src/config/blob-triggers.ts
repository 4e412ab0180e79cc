import { type BlobTrigger, listBlobTriggers } from '../domain/route/blob-triggers.ts';
import { containerOf, type Route } from '../domain/route/route.ts';
import type { SettingFault } from './setting-fault.ts';

/** A blob trigger to register: one for each distinct target container. */
export type BlobTriggerSettings = BlobTrigger;

/** The triggers of the routes; one without its connection setting would keep the host from loading it, so it is a fault. */
export function planBlobTriggers(
  routes: Iterable<Route>,
  variables: Readonly<Record<string, unknown>>,
): { triggers: BlobTriggerSettings[]; faults: SettingFault[] } {
  const isConnected = ({ connection }: BlobTriggerSettings) => variables[`${connection}__blobServiceUri`] !== undefined;
  const all = listBlobTriggers(routes);
  return {
    triggers: all.filter(isConnected),
    faults: all.filter((trigger) => !isConnected(trigger)).map(missingConnection),
  };
}

function missingConnection({ connection, target }: BlobTriggerSettings): SettingFault {
  const host = new URL(containerOf(target).accountUrl).origin;
  return { file: 'app settings', path: `${connection}__blobServiceUri`, found: 'nothing', allowed: host };
}
