import type { DurableClient } from 'durable-functions';
import { readTraces } from '../activities/batch-page.ts';
import type { Services } from '../activities/services.ts';
import type { ActivityInput } from '../domain/activities.ts';
import { instanceIds } from '../domain/names.ts';
import { PAGES_PER_CHILD } from '../domain/plan.ts';
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
  if (input.page === 0) await purgePages(client, input.transfer);
  return null;
}

/** What worked on pages of lists, and their waits. Nothing tells how many there were: they are counted until none is found. */
async function purgePages(client: DurableClient, transfer: string): Promise<void> {
  await purgeCounted(client, (count) => instanceIds.pause(transfer, 'resolve', count));
  for (const activity of ['selectArtifacts', 'resolveArtifacts']) {
    const firstOf = (count: number) => (count - 1) * PAGES_PER_CHILD + 1;
    const found = await purgeCounted(client, (count) => instanceIds.pages(transfer, activity, firstOf(count)));
    for (let child = 1; child <= found; child++) {
      const place = `${activity}-${firstOf(child)}`;
      await purgeCounted(client, (count) => instanceIds.pause(transfer, place, count));
    }
  }
}

/** Purges from 1 on until none is found. @returns how many there were */
async function purgeCounted(client: DurableClient, idOf: (count: number) => string): Promise<number> {
  for (let count = 1; ; count++) {
    const { instancesDeleted } = await client.purgeInstanceHistory(idOf(count));
    if (instancesDeleted === 0) return count - 1;
  }
}

async function idsOfPage(services: Services, input: ActivityInput<'purgeInstances'>): Promise<string[]> {
  return (await readTraces(services, input)).flatMap(({ instances }) => instances);
}

async function idsOfTransfer({ transfers }: Services, transfer: string): Promise<string[]> {
  const plan = await transfers.readPlan(transfer);
  return transferInstances(transfer, plan?.batches ?? 0, plan?.settings.maxParallelBatches ?? 1);
}
