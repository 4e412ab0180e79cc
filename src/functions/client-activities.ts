import type { DurableClient } from 'durable-functions';
import type { ClientActivityName } from '../activities/all.ts';
import type { Services } from '../activities/services.ts';
import type { ActivityInput, ActivityValue } from '../domain/activities.ts';
import { purgeInstances } from './purge-instances.ts';
import { ensureNotified, ensureTransferStarted } from './start-instance.ts';

/** An activity that works on Durable itself. */
export type ClientActivity<N extends ClientActivityName> = (
  services: Services,
  client: DurableClient,
  input: ActivityInput<N>,
) => Promise<ActivityValue<N>>;

/** Those activities under the names that they are registered by. Each may run twice: what is started is there once. */
export const clientActivities: { [N in ClientActivityName]: ClientActivity<N> } = {
  purgeInstances,
  async startTransfer({ transfers }, client, { transfer }) {
    if (!(await transfers.readReport(transfer))) await ensureTransferStarted(client, transfer);
    return null;
  },
  async startNotification({ transfers }, client, notified) {
    await ensureNotified(client, notified);
    // An import's marker stays until its record says how telling went.
    if (notified.kind === 'transfer') await transfers.closeTold(notified.id, notified.end);
    return null;
  },
};
