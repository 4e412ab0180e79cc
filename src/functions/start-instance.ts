import type { DurableClient } from 'durable-functions';
import type { OrchestratorName, Orchestrators } from '../domain/activities.ts';
import { instanceIds, type Notified } from '../domain/names.ts';

type Start<N extends OrchestratorName> = [name: N, instanceId: string, input: Orchestrators[N]['input']];
type Look = (client: DurableClient, instanceId: string) => Promise<boolean>;

/**
 * Makes sure that an instance is there. One that is there already, in whatever state, is left as it is; two callers
 * at once start one.
 * @returns whether it was this call that started it
 */
export function ensureStarted<N extends OrchestratorName>(client: DurableClient, ...start: Start<N>): Promise<boolean> {
  return startUnless(client, isThere, start);
}

/**
 * Makes sure that an instance is running: one that has ended is started anew under its id; two callers at once start
 * one.
 * @returns whether it was this call that started it
 */
export function ensureRunning<N extends OrchestratorName>(client: DurableClient, ...start: Start<N>): Promise<boolean> {
  return startUnless(client, isRunning, start);
}

async function startUnless<N extends OrchestratorName>(
  client: DurableClient,
  isDone: Look,
  [name, instanceId, input]: Start<N>,
): Promise<boolean> {
  if (await isDone(client, instanceId)) return false;
  try {
    await client.startNew(name, { instanceId, input });
    return true;
  } catch (error) {
    // Another caller was quicker; why else it failed is the caller's to hear.
    if (await isDone(client, instanceId)) return false;
    throw error;
  }
}

/** The client throws for an instance that does not exist; why else it may throw, starting it will show. */
async function isThere(client: DurableClient, instanceId: string): Promise<boolean> {
  return (await statusOf(client, instanceId)) !== undefined;
}

const RUNNING = new Set(['Pending', 'Running', 'Suspended', 'ContinuedAsNew']);

async function isRunning(client: DurableClient, instanceId: string): Promise<boolean> {
  return RUNNING.has((await statusOf(client, instanceId)) ?? '');
}

function statusOf(client: DurableClient, instanceId: string): Promise<string | undefined> {
  return client.getStatus(instanceId).then(
    ({ runtimeStatus }) => runtimeStatus,
    () => undefined,
  );
}

/**
 * Makes sure that a transfer without a report is running. An instance that ended without one (terminated, or failed at
 * its report) is started anew: plan and runs are found, what has arrived is not sent again.
 */
export function ensureTransferStarted(client: DurableClient, transfer: string): Promise<boolean> {
  return ensureRunning(client, 'transfer', instanceIds.transfer(transfer), transfer);
}

/** Makes sure that an end is told of once; one that was told of, or given up, stays so. */
export function ensureNotified(client: DurableClient, notified: Notified): Promise<boolean> {
  return ensureStarted(client, 'notify', instanceIds.notify(notified), notified);
}

/** One deletion of a transfer at a time: a second one, of whatever parts, waits for its next occasion. */
export function startDeletion(
  client: DurableClient,
  input: Orchestrators['deleteTransfer']['input'],
): Promise<boolean> {
  return ensureRunning(client, 'deleteTransfer', instanceIds.delete(input.transfer), input);
}
