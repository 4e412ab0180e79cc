import type { DurableClient } from 'durable-functions';
import { readTraces } from '../activities/batch-page.ts';
import type { Services } from '../activities/services.ts';
import type { ActivityInput } from '../domain/activities.ts';
import { instanceIds } from '../domain/names.ts';
import { transferInstances } from '../domain/traces.ts';
import { mapBounded } from '../oci/parallel.ts';

const PARALLEL_PURGES = 8;

/**
 * The activity `purgeInstances`: removes the Durable instances of a page of batches; with page 0 those of the transfer
 * itself. Twice: an instance that is gone is fine.
 */
export async function purgeInstances(
  services: Services,
  client: DurableClient,
  input: ActivityInput<'purgeInstances'>,
): Promise<null> {
  const ids = input.page === 0 ? await idsOfTransfer(services, input.transfer) : await idsOfPage(services, input);
  await mapBounded(ids, PARALLEL_PURGES, (id) => client.purgeInstanceHistory(id));
  if (input.page === 0) await purgeWaits(client, input.transfer);
  return null;
}

/** Nothing tells how often a transfer was paused while it resolved: its waits are counted from 1. */
async function purgeWaits(client: DurableClient, transfer: string): Promise<void> {
  for (let count = 1; ; count++) {
    const { instancesDeleted } = await client.purgeInstanceHistory(instanceIds.pause(transfer, 'resolve', count));
    if (instancesDeleted === 0) return;
  }
}

async function idsOfPage(services: Services, input: ActivityInput<'purgeInstances'>): Promise<string[]> {
  return (await readTraces(services, input)).flatMap(({ instances }) => instances);
}

async function idsOfTransfer({ transfers }: Services, transfer: string): Promise<string[]> {
  const plan = await transfers.readPlan(transfer);
  return transferInstances(transfer, plan?.batches ?? 0, plan?.settings.maxParallelBatches ?? 1);
}
