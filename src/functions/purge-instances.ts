import type { DurableClient } from 'durable-functions';
import { readTraces } from '../activities/resolve/batch-page.ts';
import type { Services } from '../activities/services.ts';
import type { ActivityInput } from '../domain/activities.ts';
import { instanceIds } from '../domain/names.ts';
import { PAGES_PER_CHILD } from '../domain/plan/plan.ts';
import { transferInstances } from '../domain/transfer/traces.ts';
import { mapBounded } from '../oci/parallel.ts';

const PARALLEL_PURGES = 8;

/**
 * The activity `purgeInstances`: removes the Durable instances of a page of batches; with page 0 those of the transfer
 * itself. Twice: an instance that is gone is fine, and what breaks off is found again.
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

/**
 * What worked on pages of lists, and their waits. Nothing tells how many there were: they are counted until there is none.
 * The last goes first, and what leads to others after them, so that what breaks off leaves nothing that is not found again.
 */
async function purgePages(client: DurableClient, transfer: string): Promise<void> {
  await purgeCounted(client, (count) => instanceIds.pause(transfer, 'resolve', count));
  for (const activity of ['selectArtifacts', 'resolveArtifacts']) {
    const firstOf = (count: number) => (count - 1) * PAGES_PER_CHILD + 1;
    await purgeCounted(
      client,
      (count) => instanceIds.pages(transfer, activity, firstOf(count)),
      (child) => purgeCounted(client, (count) => instanceIds.pause(transfer, `${activity}-${firstOf(child)}`, count)),
    );
  }
}

/** Purges what is numbered from 1 on without a gap, the last first; before each what `purgeChildren` purges. */
async function purgeCounted(
  client: DurableClient,
  idOf: (count: number) => string,
  purgeChildren?: (count: number) => Promise<void>,
): Promise<void> {
  let last = 0;
  while (await isThere(client, idOf(last + 1))) last += 1;
  for (let count = last; count > 0; count--) {
    await purgeChildren?.(count);
    await client.purgeInstanceHistory(idOf(count));
  }
}

/** Only what the host does not know is not there: a look that failed otherwise must not end the counting. */
async function isThere(client: DurableClient, instanceId: string): Promise<boolean> {
  try {
    await client.getStatus(instanceId);
    return true;
  } catch (error) {
    // The client has no other sign of it than this text.
    if (error instanceof Error && error.message.includes('HTTP 404')) return false;
    throw error;
  }
}

async function idsOfPage(services: Services, input: ActivityInput<'purgeInstances'>): Promise<string[]> {
  return (await readTraces(services, input)).flatMap(({ instances }) => instances);
}

async function idsOfTransfer({ transfers }: Services, transfer: string): Promise<string[]> {
  const plan = await transfers.readPlan(transfer);
  return transferInstances(transfer, plan?.batches ?? 0, plan?.settings.maxParallelBatches ?? 1);
}
