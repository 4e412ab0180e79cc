import type { Certificates } from '../certificates.ts';
import type { Ports } from '../cloud/ports.ts';
import { blobServiceUrl, type CloudName, RECEIPT_KEY, resourcesOf, STATE_ACCOUNTS } from '../names.ts';
import { appEnvironment, ROUTE_NAME } from './environment.ts';
import { tenantSide } from './two-clouds-route.ts';

const RETRY = { attempts: 3, firstDelaySeconds: 2, factor: 2, maxDelaySeconds: 30 };
/** A receipt that came back is seen within seconds. */
const RECONCILE_SCHEDULE = '*/5 * * * * *';

/**
 * The route as the app of one side has it: it names nothing of the other side but the public key (PEM) that the other's
 * receipts are signed with.
 */
export function sideRoute(cloud: CloudName, othersKey: string, overrides: Record<string, unknown> = {}) {
  const side = { [cloud]: tenantSide(cloud) };
  const receiptKeys = { sign: { vault: resourcesOf(cloud).vaultUrl, key: RECEIPT_KEY }, verify: [othersKey] };
  return { name: ROUTE_NAME, serves: cloud, ...side, receipts: 'required', receiptKeys, retry: RETRY, ...overrides };
}

/** The app settings of one side's app. */
export function sideSettings(
  cloud: CloudName,
  { ports, certificates }: { ports: Ports; certificates: Certificates },
  route: object,
): Record<string, string> {
  const state = blobServiceUrl(STATE_ACCOUNTS[cloud]);
  const all = {
    ...appEnvironment(ports, certificates, route),
    AzureWebJobsStorage__blobServiceUri: state,
    STATE_STORAGE__blobServiceUri: state,
    RECONCILE_SCHEDULE,
  };
  const isOwn = ([name]: [string, string]) => cloud === 'target' || !name.startsWith('SIDE_');
  return Object.fromEntries(Object.entries(all).filter(isOwn));
}
