import { type ScheduleRecord, scheduleRecordSchema } from '../../domain/route/schedule.ts';
import type { ContainerStore } from '../blobs/storage.ts';
import { JsonBlobs } from './blob-json.ts';

/** What each schedule started last: `schedules/{route}/{schedule}.json`. The container must be there. */
export class ScheduleRecords {
  readonly #blobs: JsonBlobs;

  constructor(container: ContainerStore) {
    this.#blobs = new JsonBlobs(container);
  }

  readLast(route: string, schedule: string): Promise<ScheduleRecord | undefined> {
    return this.#blobs.read(`schedules/${route}/${schedule}.json`, scheduleRecordSchema);
  }

  writeLast(route: string, schedule: string, last: ScheduleRecord): Promise<void> {
    return this.#blobs.write(`schedules/${route}/${schedule}.json`, last);
  }
}
