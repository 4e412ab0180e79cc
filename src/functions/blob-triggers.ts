import type { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import type { Services } from '../activities/services.ts';
import type { BlobTriggerSettings } from '../config/blob-triggers.ts';
import type { Settings } from '../config/settings.ts';
import { formatImportId, instanceIds } from '../domain/names.ts';
import { type LandedBlobNames, registerBlobNamesFactory } from './landed-blob.ts';
import { ensureStarted } from './start-instance.ts';

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
 * Starts the import of a blob, once for each of its states: the instance's id derives from the ETag. An event for a
 * blob that is gone, or that comes twice, starts nothing. Neither does one for another container: the host hands over
 * whatever blob an event names, so a subscription without a filter would bring those too.
 */
async function importLanded(
  services: Services,
  { route, account, container }: BlobTriggerSettings,
  { container: landedIn, name }: LandedBlobNames,
  client: df.DurableClient,
  context: InvocationContext,
): Promise<void> {
  if (landedIn !== container) return;
  const found = await services.side(route, 'target').container.properties(name);
  if (!found || found.sizeBytes === 0) return;
  const importId = formatImportId({ account, container, name, etag: found.etag });
  const input = { importId, blob: { route: route.name, account, container, name } };
  const started = await ensureStarted(client, 'autoImport', instanceIds.import(importId), input);
  if (started) context.log(JSON.stringify({ event: 'importStarted', route: route.name, archive: name, importId }));
}
