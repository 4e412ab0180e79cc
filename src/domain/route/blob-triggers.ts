import { formatBlobTriggerName } from '../names.ts';
import { type ContainerSide, containerOf, isServed, type Route } from './route.ts';

/** The function that hears of the blobs of one target container. */
export interface BlobTrigger {
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

/** What one target container needs in Azure: a function that hears of its blobs, a subscription, app settings. */
export interface BlobTriggerNeeds {
  functionName: string;
  /** Name of the storage account. */
  account: string;
  container: string;
  /** Subject that events of its blobs begin with. */
  subjectBeginsWith: string;
  /** Path of the app that Event Grid posts to, without host and key. */
  webhookPath: string;
  /** App settings of the trigger's connection, with the values that the route gives. */
  settings: Record<string, string>;
  /** Routes whose archives land there, by name. */
  routes: string[];
}

/** The event that tells of a blob that landed: what the subscriptions ask for. */
export const BLOB_CREATED = 'Microsoft.Storage.BlobCreated';

/** The triggers of the routes, one for each distinct target container, in the order of the first route by name. */
export function listBlobTriggers(routes: Iterable<Route>): BlobTrigger[] {
  const byName = [...routes].sort((left, right) => (left.name < right.name ? -1 : 1));
  const triggers = new Map<string, BlobTrigger>();
  for (const route of byName) {
    const { target } = route;
    if (!target || !isServed(route, 'target')) continue;
    const { account, container } = containerOf(target);
    const functionName = formatBlobTriggerName(account, container);
    const connection = `SIDE_${route.name.toUpperCase().replaceAll('-', '_')}_TARGET`;
    if (!triggers.has(functionName))
      triggers.set(functionName, { functionName, connection, account, container, route, target });
  }
  return [...triggers.values()];
}

/** What the target containers of the routes need, in the order of {@link listBlobTriggers}. */
export function listBlobTriggerNeeds(routes: Iterable<Route>): BlobTriggerNeeds[] {
  const all = [...routes];
  return listBlobTriggers(all).map((trigger) => ({
    functionName: trigger.functionName,
    account: trigger.account,
    container: trigger.container,
    subjectBeginsWith: `/blobServices/default/containers/${trigger.container}/blobs/`,
    webhookPath: `/runtime/webhooks/blobs?functionName=Host.Functions.${trigger.functionName}`,
    settings: connectionSettings(trigger),
    routes: all.filter((route) => triggerNameOf(route) === trigger.functionName).map(({ name }) => name),
  }));
}

function connectionSettings({ connection, account, target }: BlobTrigger): Record<string, string> {
  const queueSuffix = target.cloud.blobSuffix.replace(/^blob\./, 'queue.');
  return {
    [`${connection}__blobServiceUri`]: `https://${account}.${target.cloud.blobSuffix}`,
    [`${connection}__queueServiceUri`]: `https://${account}.${queueSuffix}`,
  };
}

function triggerNameOf(route: Route): string | undefined {
  const { target } = route;
  if (!target || !isServed(route, 'target')) return undefined;
  const { account, container } = containerOf(target);
  return formatBlobTriggerName(account, container);
}
