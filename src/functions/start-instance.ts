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

/**
 * Makes sure that a transfer without a report is running. An instance that ended without one (terminated, or failed at
 * its report) is started anew: plan and runs are found, what has arrived is not sent again.
 */
export function ensureTransferStarted(client: DurableClient, transfer: string): Promise<boolean> {
  return ensureRunning(client, 'transfer', instanceIds.transfer(transfer), transfer);
}

const RUNNING = new Set(['Pending', 'Running', 'Suspended', 'ContinuedAsNew']);

/**
 * Makes sure that an instance is running: one that has ended is started anew under its id; two callers at once start
 * one.
 * @returns whether it was this call that started it
 */
export async function ensureRunning<N extends OrchestratorName>(
  client: DurableClient,
  name: N,
  instanceId: string,
  input: Orchestrators[N]['input'],
): Promise<boolean> {
  if (await isRunning(client, instanceId)) return false;
  try {
    await client.startNew(name, { instanceId, input });
    return true;
  } catch (error) {
    if (await isRunning(client, instanceId)) return false;
    throw error;
  }
}

/** The client throws for an instance that does not exist: then none is running. */
async function isRunning(client: DurableClient, instanceId: string): Promise<boolean> {
  const status = await client.getStatus(instanceId).catch(() => undefined);
  return status !== undefined && RUNNING.has(status.runtimeStatus);
}

/** One deletion of a transfer at a time: a second one, of whatever parts, waits for its next occasion. */
export function startDeletion(
  client: DurableClient,
  input: Orchestrators['deleteTransfer']['input'],
): Promise<boolean> {
  return ensureRunning(client, 'deleteTransfer', instanceIds.delete(input.transfer), input);
}
