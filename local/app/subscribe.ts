import { BLOB_CREATED, listBlobTriggerNeeds } from '../../src/domain/route/blob-triggers.ts';
import { listPushNeeds } from '../../src/domain/route/push.ts';
import { routeSchema } from '../../src/domain/route/route.ts';
import type { CloudProcess } from '../cloud/process.ts';
import type { SubscriptionInput } from '../event-grid/subscription.ts';
import { STORAGE_ACCOUNTS, storageAccountId } from '../names.ts';

/** A running app, as a deployment knows it. */
export interface DeployedApp {
  url: string;
  masterKey: string;
}

/**
 * The subscriptions that the app's blob triggers need, as `infra/main.subscriptions.bicep` makes them after a deployment:
 * `npm run routes:print` lists the same. A route that is not usable has none.
 */
export function planSubscriptions(route: unknown, app: { url: string; blobsKey: string }): SubscriptionInput[] {
  const parsed = routeSchema.safeParse(route);
  const needs = parsed.success ? listBlobTriggerNeeds([parsed.data]) : [];
  return needs.flatMap(({ functionName, account, subjectBeginsWith, webhookPath }) => {
    const local = STORAGE_ACCOUNTS.find((name) => name === account);
    if (local === undefined) return [];
    return {
      name: functionName.replace('_', '-'),
      topic: storageAccountId(local),
      endpointUrl: `${app.url}${webhookPath}&code=${encodeURIComponent(app.blobsKey)}`,
      filter: { includedEventTypes: [BLOB_CREATED], subjectBeginsWith },
      retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 },
    };
  });
}

/**
 * The subscriptions that its source registry needs, as `infra/main.push-subscriptions.bicep` makes them, but for the end of
 * the name, which there tells apps apart: a local cloud has one. `eventGridKey` is the host's `eventgrid_extension`.
 */
export function planPushSubscriptions(route: unknown, app: { url: string; eventGridKey: string }): SubscriptionInput[] {
  const parsed = routeSchema.safeParse(route);
  const needs = parsed.success ? listPushNeeds([parsed.data]) : [];
  return needs.map(({ functionName, registry, eventTypes, webhookPath }) => ({
    name: `acr-transfer-${functionName}-local`,
    topic: registry,
    endpointUrl: `${app.url}${webhookPath}&code=${encodeURIComponent(app.eventGridKey)}`,
    filter: { includedEventTypes: [...eventTypes] },
    retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 },
  }));
}

type Cloud = Pick<CloudProcess, 'subscribe'>;

/** As after a deployment: Event Grid asks the app whether it wants the events, so the app must be up. */
export async function subscribeToBlobs(cloud: Cloud, route: object, app: DeployedApp): Promise<void> {
  const blobsKey = await readBlobsKey(app);
  for (const subscription of planSubscriptions(route, { url: app.url, blobsKey })) await cloud.subscribe(subscription);
}

/** Likewise for pushes to the source registry; nothing where the route wants none. `cloud` is the source's. */
export async function subscribeToPushes(cloud: Cloud, route: object, app: DeployedApp): Promise<void> {
  const eventGridKey = await readEventGridKey(app);
  for (const subscription of planPushSubscriptions(route, { url: app.url, eventGridKey })) {
    await cloud.subscribe(subscription);
  }
}

/** The key of the blobs extension, asked of the host as a deployment does. Throws an Error with the host's status. */
export function readBlobsKey(app: DeployedApp): Promise<string> {
  return readSystemKey(app, 'blobs_extension');
}

/** The key of the Event Grid extension, likewise. */
export function readEventGridKey(app: DeployedApp): Promise<string> {
  return readSystemKey(app, 'eventgrid_extension');
}

async function readSystemKey({ url, masterKey }: DeployedApp, name: string): Promise<string> {
  const response = await fetch(`${url}/admin/host/systemkeys/${name}`, { headers: { 'x-functions-key': masterKey } });
  if (!response.ok) throw new Error(`The key ${name} cannot be read: the host answered ${response.status}.`);
  return ((await response.json()) as { value: string }).value;
}
