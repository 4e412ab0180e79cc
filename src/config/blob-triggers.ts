import { formatBlobTriggerName } from '../domain/names.ts';
import { type ContainerSide, containerOf, isServed, type Route } from '../domain/route.ts';
import type { SettingFault } from './setting-fault.ts';

/** A blob trigger to register: one for each distinct target container. */
export interface BlobTriggerSettings {
  functionName: string;
  /** Prefix of the app settings that connect the host to the container's account. */
  connection: string;
  account: string;
  container: string;
  /** The route that the container belongs to; where routes share one, the first by name. */
  route: Route;
  /** That route's target. */
  target: ContainerSide;
}

/** The triggers of the routes; one without its connection setting would keep the host from loading it, so it is a fault. */
export function planBlobTriggers(
  routes: Iterable<Route>,
  variables: Readonly<Record<string, unknown>>,
): { triggers: BlobTriggerSettings[]; faults: SettingFault[] } {
  const byName = [...routes].sort((left, right) => (left.name < right.name ? -1 : 1));
  const triggers = new Map<string, BlobTriggerSettings>();
  for (const route of byName) {
    const { target } = route;
    if (!target || !isServed(route, 'target')) continue;
    const { account, container } = containerOf(target);
    const functionName = formatBlobTriggerName(account, container);
    const connection = `SIDE_${route.name.toUpperCase().replaceAll('-', '_')}_TARGET`;
    if (!triggers.has(functionName))
      triggers.set(functionName, { functionName, connection, account, container, route, target });
  }
  const isConnected = ({ connection }: BlobTriggerSettings) => variables[`${connection}__blobServiceUri`] !== undefined;
  const all = [...triggers.values()];
  return {
    triggers: all.filter(isConnected),
    faults: all.filter((trigger) => !isConnected(trigger)).map(missingConnection),
  };
}

function missingConnection({ connection, target }: BlobTriggerSettings): SettingFault {
  const host = new URL(containerOf(target).accountUrl).origin;
  return { file: 'app settings', path: `${connection}__blobServiceUri`, found: 'nothing', allowed: host };
}
