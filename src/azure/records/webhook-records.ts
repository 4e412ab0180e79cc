import { type WebhookRecord, webhookRecordSchema } from '../../domain/webhook/webhook.ts';
import type { ContainerStore } from '../blobs/storage.ts';
import { JsonBlobs } from './blob-json.ts';

const blobOf = (transfer: string) => `transfers/${transfer}/webhook.json`;

/** How telling of a transfer's newest end has gone: `webhook.json` beside its report. */
export class WebhookRecords {
  readonly #blobs: JsonBlobs;

  constructor(container: ContainerStore) {
    this.#blobs = new JsonBlobs(container);
  }

  /** What is known of the end that `marked` stands for, `marked` itself before the first try. */
  async read(transfer: string, marked: WebhookRecord): Promise<WebhookRecord> {
    const found = await this.#blobs.read(blobOf(transfer), webhookRecordSchema);
    return found?.end === marked.end ? found : marked;
  }

  /** Keeps how a try went, unless a later end is being told of already. */
  async write(transfer: string, record: WebhookRecord): Promise<void> {
    await this.#blobs.update(blobOf(transfer), webhookRecordSchema, (found) =>
      found && found.end > record.end ? found : record,
    );
  }
}
