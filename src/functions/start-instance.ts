import type { DurableClient } from 'durable-functions';
import type { OrchestratorName, Orchestrators } from '../domain/activities.ts';
import { instanceIds } from '../domain/names.ts';

/**
 * Makes sure that an instance is there. One that is there already, in whatever state, is left as it is; two callers
 * at once start one.
 * @returns whether it was this call that started it
 */
export async function ensureStarted<N extends OrchestratorName>(
  client: DurableClient,
  name: N,
  instanceId: string,
  input: Orchestrators[N]['input'],
): Promise<boolean> {
  if (await isThere(client, instanceId)) return false;
  try {
    await client.startNew(name, { instanceId, input });
    return true;
  } catch (error) {
    if (await isThere(client, instanceId)) return false;
    throw error;
  }
}

/** The client throws for an instance that does not exist; why else it may throw, starting it will show. */
function isThere(client: DurableClient, instanceId: string): Promise<boolean> {
  return client.getStatus(instanceId).then(
    () => true,
    () => false,
  );
}

export function ensureTransferStarted(client: DurableClient, transfer: string): Promise<boolean> {
  return ensureStarted(client, 'transfer', instanceIds.transfer(transfer), transfer);
}
