import type { Notified } from '../../domain/activities.ts';
import { NOT_TOLD, type WebhookRecord, webhookRecordSchema } from '../../domain/webhook.ts';
import type { ContainerStore } from '../storage.ts';
import { JsonBlobs } from './blob-json.ts';

const blobOf = ({ kind, id }: Notified) => `${kind}s/${id}/webhook.json`;

/** How telling of ends has gone: `webhook.json` beside the report of a transfer or an import. */
export class WebhookRecords {
  readonly #blobs: JsonBlobs;

  constructor(container: ContainerStore) {
    this.#blobs = new JsonBlobs(container);
  }

  /** Before the first try, too. */
  async read(notified: Notified): Promise<WebhookRecord> {
    return (await this.#blobs.read(blobOf(notified), webhookRecordSchema)) ?? NOT_TOLD;
  }

  write(notified: Notified, record: WebhookRecord): Promise<void> {
    return this.#blobs.write(blobOf(notified), record);
  }
}
