import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { readBlobsKey } from '../../local/app/subscribe.ts';
import { formatBlobTriggerName } from '../../src/domain/names.ts';
import { containerOf } from '../../src/domain/route/route.ts';
import type { TestStack } from './stack.ts';

/** Tells the app of a blob by its webhook, as Event Grid does; gives the status of the answer. The container is the target's unless given. */
export async function tell(
  cloud: TestStack,
  blob: string,
  containerUrl = cloud.route.target.container,
): Promise<number> {
  const { account, container } = containerOf(cloud.route.target);
  const { url } = cloud.stack.endpoints.functions;
  const { masterKey } = cloud.stack.certificates.secrets;
  const functionName = `Host.Functions.${formatBlobTriggerName(account, container)}`;
  const query = new URLSearchParams({ functionName, code: await readBlobsKey({ url, masterKey }) });
  const data = { url: `${containerUrl}/${blob}`, blobType: 'BlockBlob', eTag: '0x1' };
  const { status } = await fetch(`${url}/runtime/webhooks/blobs?${query}`, {
    method: 'POST',
    headers: { 'aeg-event-type': 'Notification' },
    body: JSON.stringify([{ eventType: 'Microsoft.Storage.BlobCreated', data }]),
  });
  return status;
}

/** Waits until Event Grid has nothing left to deliver. */
export async function untilDelivered(cloud: TestStack): Promise<void> {
  while (countDeliveries(cloud.dir) > 0) await sleep(50);
}

function countDeliveries(dir: string): number {
  const database = new DatabaseSync(join(dir, 'event-grid', 'event-grid.sqlite'), { readOnly: true });
  const row = database.prepare('SELECT count(*) AS count FROM deliveries').get();
  database.close();
  return Number(row?.count);
}
