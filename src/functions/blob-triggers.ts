import type { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import { askTransfers } from '../activities/import/land-blob.ts';
import type { Services } from '../activities/services.ts';
import type { BlobTriggerSettings } from '../config/blob-triggers.ts';
import type { Settings } from '../config/settings.ts';
import { decideNoArchive } from '../domain/import/auto-import.ts';
import { landBlob, landGone } from './imports/land.ts';
import { type LandedBlobNames, registerBlobNamesFactory } from './landed-blob.ts';

/** Registers one blob trigger for each distinct target container; the route is found from the container. */
export function registerBlobTriggers(settings: Settings, services: Services): void {
  registerBlobNamesFactory();
  for (const trigger of settings.blobTriggers) {
    df.app.client.storageBlob(trigger.functionName, {
      path: `${trigger.container}/{name}`,
      connection: trigger.connection,
      source: settings.blobTriggerSource,
      sdkBinding: true,
      handler: (blob, client, context) => importLanded(services, trigger, blob as LandedBlobNames, client, context),
    });
  }
}

/**
 * An event is a hint, no more: what counts is what lies there now. The host hands over whatever blob an event names, so a
 * subscription without a filter would bring those of other containers too.
 */
export async function importLanded(
  services: Services,
  { route, container }: Pick<BlobTriggerSettings, 'route' | 'container'>,
  { container: landedIn, name }: LandedBlobNames,
  client: df.DurableClient,
  context: InvocationContext,
): Promise<void> {
  if (landedIn !== container) return;
  const noArchive = decideNoArchive({ name, bytes: null });
  if (noArchive !== undefined) {
    const told = { event: 'importIgnored', route: route.name, archive: name, reason: noArchive };
    return context.log(JSON.stringify(told));
  }
  await services.transfers.ensureContainer();
  const found = await services.side(route, 'target').container.properties(name);
  const ears = { services, client, context, ownsTransfer: askTransfers(services) };
  if (found) await landBlob(ears, route, { ...found, name }, 'event');
  else await landGone(ears, route, name);
}
