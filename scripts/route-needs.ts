import { type BlobTriggerSettings, planBlobTriggers } from '../src/config/blob-triggers.ts';
import { formatBlobTriggerName } from '../src/domain/names.ts';
import { containerOf, type Route } from '../src/domain/route.ts';

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

/** What the target containers of the routes need; one for each container, in the order of the first route by name. */
export function listBlobTriggerNeeds(routes: Iterable<Route>): BlobTriggerNeeds[] {
  const all = [...routes];
  return planAll(all).map((trigger) => ({
    functionName: trigger.functionName,
    account: trigger.account,
    container: trigger.container,
    subjectBeginsWith: `/blobServices/default/containers/${trigger.container}/blobs/`,
    webhookPath: `/runtime/webhooks/blobs?functionName=Host.Functions.${trigger.functionName}`,
    settings: connectionSettings(trigger),
    routes: all.filter((route) => triggerNameOf(route) === trigger.functionName).map(({ name }) => name),
  }));
}

/** The app's own plan, with every connection set: a setting that is missing here is what is asked for. */
function planAll(routes: readonly Route[]): BlobTriggerSettings[] {
  const missing = planBlobTriggers(routes, {}).faults;
  return planBlobTriggers(routes, Object.fromEntries(missing.map(({ path, allowed }) => [path, allowed]))).triggers;
}

function connectionSettings({ connection, account, target }: BlobTriggerSettings): Record<string, string> {
  const queueSuffix = target.cloud.blobSuffix.replace(/^blob\./, 'queue.');
  return {
    [`${connection}__blobServiceUri`]: `https://${account}.${target.cloud.blobSuffix}`,
    [`${connection}__queueServiceUri`]: `https://${account}.${queueSuffix}`,
  };
}

function triggerNameOf({ target }: Route): string | undefined {
  if (!target) return undefined;
  const { account, container } = containerOf(target);
  return formatBlobTriggerName(account, container);
}
