import { z } from 'zod';
import type { BatchTarget } from '../../domain/activities.ts';
import { type BatchRecord, batchRecordSchema, newBatchRecord } from '../../domain/batch/batch-record.ts';
import { type BatchPlan, type Plan, type ResolvedArtifact, resolvedArtifactSchema } from '../../domain/plan/plan.ts';
import { type Control, controlSchema, NO_CONTROL } from '../../domain/transfer/control.ts';
import { hasSelectors, type RequestRecord, requestRecordSchema } from '../../domain/transfer/request.ts';
import {
  buildTransferDocument,
  type Progress,
  progressSchema,
  type TransferDocument,
  type TransferRecord,
  transferDocumentSchema,
} from '../../domain/transfer/transfer-document.ts';
import { summarize } from '../../domain/transfer/transfer-summary.ts';
import { mapBounded } from '../../oci/parallel.ts';
import type { ContainerStore } from '../blobs/storage.ts';
import { JsonBlobs } from './blob-json.ts';
import { KnownBlobs } from './known-blobs.ts';
import { LastTransfers } from './last-transfers.ts';
import { PlanRecords } from './plan-records.ts';
import { SelectionRecords } from './selection-records.ts';
import { TransferIndex } from './transfer-index.ts';
import { WebhookRecords } from './webhook-records.ts';

const PARALLEL_READS = 16;
/** Of JSON text; a list of 100,000 artifacts is about 4 million, its plan 25 million. */
const MAX_KNOWN_CHARS = 16_000_000;

const path = (id: string, name: string) => `transfers/${id}/${name}`;
const openMarker = (id: string) => `open/${id}`;
const pagesSchema = z.array(resolvedArtifactSchema);

/**
 * The records of all transfers as blobs of one container: request, progress, pages, plan, control, batches and report
 * under `transfers/{id}/`, an entry under `index/` for each, a marker under `open/` for each that has no report or waits
 * for the other side, and the newest of each route under `last/`.
 */
export class TransferRecords {
  readonly index: TransferIndex;
  readonly last: LastTransfers;
  readonly selections: SelectionRecords;
  readonly #blobs: JsonBlobs;
  readonly #webhooks: WebhookRecords;
  #isThere: Promise<void> | undefined;
  /** Requests, selections and plans, which never change. */
  readonly #known: KnownBlobs;
  readonly #plans: PlanRecords;

  constructor(container: ContainerStore) {
    this.#blobs = new JsonBlobs(container);
    this.#webhooks = new WebhookRecords(container);
    this.index = new TransferIndex(this.#blobs);
    this.last = new LastTransfers(this.#blobs);
    this.#known = new KnownBlobs(this.#blobs, MAX_KNOWN_CHARS);
    this.#plans = new PlanRecords(this.#blobs, this.#known);
    this.selections = new SelectionRecords(this.#blobs, this.#known);
  }

  /** Makes sure that the container is there; asked once. */
  ensureContainer(): Promise<void> {
    this.#isThere ??= this.#blobs.container.ensureExists().catch((error: unknown) => {
      this.#isThere = undefined;
      throw error;
    });
    return this.#isThere;
  }

  async readRequest(id: string): Promise<RequestRecord | undefined> {
    await this.ensureContainer();
    return this.#known.read(path(id, 'request.json'), requestRecordSchema);
  }

  /**
   * Writes the request unless a transfer of that id is there. The marker and the index entry come first, so that no
   * request is ever without them; an entry whose request is missing, or of another time, is passed over when listing.
   * @returns whether it was this call that wrote the request
   */
  async createRequest(request: RequestRecord): Promise<boolean> {
    const { id, route, requestedAt } = request;
    await Promise.all([this.#blobs.write(openMarker(id), {}), this.index.add({ id, route, requestedAt })]);
    if (!(await this.#blobs.create(path(id, 'request.json'), request))) return false;
    // What an interrupted deletion of an earlier transfer of that id may have left.
    await this.#blobs.container.delete(path(id, 'control.json'));
    return true;
  }

  /** Ids of the transfers that have no report yet, or wait for the other side; some may have ended a moment ago. */
  async *listOpen(): AsyncIterable<string> {
    for await (const blob of this.#blobs.container.list('open/')) yield blob.name.slice('open/'.length);
  }

  /** Marks a transfer for the reconciling timer. */
  async markOpen(id: string): Promise<void> {
    await this.#blobs.write(openMarker(id), {});
  }

  /** Removes what an interrupted deletion has left when the request was gone already. */
  async forget(id: string): Promise<void> {
    await this.#blobs.container.delete(path(id, 'control.json'));
    await this.#blobs.container.delete(openMarker(id));
  }

  /** The transfer as it stands: the report once there is one. */
  async readDocument(id: string): Promise<TransferDocument | undefined> {
    const report = await this.readReport(id);
    if (report?.webhook) return { ...report, webhook: await this.#webhooks.read(id, report.webhook) };
    if (report) return report;
    const record = await this.readRecord(id);
    return record ? buildTransferDocument(record) : undefined;
  }

  async readRecord(id: string): Promise<TransferRecord | undefined> {
    const request = await this.readRequest(id);
    if (!request) return undefined;
    const [progress, plan, control] = await Promise.all([
      this.readProgress(id),
      this.readPlan(id),
      this.readControl(id),
    ]);
    const [batches, selection] = await Promise.all([
      plan ? this.#readBatches(id) : [],
      hasSelectors(request.artifacts) ? this.selections.read(id) : undefined,
    ]);
    return { request, progress, plan, batches, control, selection };
  }

  readReport(id: string): Promise<TransferDocument | undefined> {
    return this.#blobs.read(path(id, 'report.json'), transferDocumentSchema);
  }

  /**
   * Writes the report once; one that is there stays. It is written before the marker goes: a kill in between leaves a
   * marker, by which reconciling does the rest.
   * @returns the report that is in force, and whether it was this call that wrote it
   */
  async writeReport(report: TransferDocument): Promise<{ inForce: TransferDocument; isOurs: boolean }> {
    const isOurs = await this.#blobs.create(path(report.id, 'report.json'), report);
    const inForce = isOurs ? report : ((await this.readReport(report.id)) ?? report);
    await this.close(inForce, false);
    return { inForce, isOurs };
  }

  /**
   * Has the list of all and the route tell how a transfer ended, then removes its marker, unless the other side has yet
   * to say what became of some of it, or a webhook is to be told and nobody has begun to (`isTold`). That of a deletion
   * stays.
   */
  async close(report: TransferDocument, isTold: boolean): Promise<void> {
    const { removed, deletion } = await this.readControl(report.id);
    await this.index.end(summarize(report), removed);
    await this.last.note(report.route, report);
    const isOpen = report.counts.HandedOver > 0 || (report.webhook !== undefined && !isTold);
    if (!isOpen && deletion === null) await this.#blobs.container.delete(openMarker(report.id));
  }

  /** Removes the marker of a transfer of whose last end the webhook is being told; that of a deletion stays. */
  async closeTold(id: string, end: number): Promise<void> {
    const report = await this.readReport(id);
    if (report?.webhook?.end !== end || report.counts.HandedOver > 0) return;
    const { deletion } = await this.readControl(id);
    if (deletion === null) await this.#blobs.container.delete(openMarker(id));
  }

  /** Whether the webhook is to be told of the report's end, and it is not known that it was, or that it was given up. */
  async isUntold({ id, webhook }: TransferDocument): Promise<boolean> {
    return webhook !== undefined && (await this.#webhooks.read(id, webhook)).state === 'Pending';
  }

  /**
   * Writes the report anew, which nothing does but what the other side says of what was handed over. `change` gives
   * `undefined` where there is nothing to change, and may run several times. {@link close} is the caller's to do.
   * @returns the report that was written; `undefined` when none was
   */
  changeReport(
    id: string,
    change: (report: TransferDocument) => TransferDocument | undefined,
  ): Promise<TransferDocument | undefined> {
    return this.#blobs.change(path(id, 'report.json'), transferDocumentSchema, change);
  }

  /** Writes the first phase; the route tells of this transfer now. */
  async begin({ id, route, requestedAt }: RequestRecord): Promise<void> {
    await this.writeProgress(id, 'Resolving');
    await this.last.note(route, { id, state: 'Running', requestedAt, finishedAt: null });
  }

  readProgress(id: string): Promise<Progress | undefined> {
    return this.#blobs.read(path(id, 'progress.json'), progressSchema);
  }

  async writeProgress(id: string, phase: Progress['phase']): Promise<void> {
    const now = new Date().toISOString();
    await this.#blobs.update(path(id, 'progress.json'), progressSchema, (found) => ({
      phase,
      startedAt: found?.startedAt ?? now,
    }));
  }

  /** A list of artifacts that somebody has put under `lists/`, as text. */
  async readList(name: string): Promise<string | undefined> {
    await this.ensureContainer();
    return (await this.#blobs.container.readText(`lists/${name}`))?.text;
  }

  writePage(id: string, page: number, artifacts: readonly ResolvedArtifact[]): Promise<void> {
    return this.#blobs.write(path(id, `pages/${page}.json`), artifacts);
  }

  async readPages(id: string, pages: number): Promise<ResolvedArtifact[]> {
    const numbers = Array.from({ length: pages }, (_, index) => index + 1);
    const read = await mapBounded(numbers, PARALLEL_READS, (page) =>
      this.#blobs.read(path(id, `pages/${page}.json`), pagesSchema),
    );
    return read.flatMap((page) => page ?? []);
  }

  readPlan(id: string): Promise<Plan | undefined> {
    return this.#plans.read(id);
  }

  /** Writes the plan once; a plan that is there stays. @returns the plan that is in force */
  createPlan(plan: Plan): Promise<Plan> {
    return this.#plans.create(plan);
  }

  /** What the plan says of one batch, or of the whole batch that a half or rest came from. */
  readBatchPlan(target: BatchTarget): Promise<BatchPlan | undefined> {
    return this.#plans.readBatch(target);
  }

  async readControl(id: string): Promise<Control> {
    return (await this.#blobs.read(path(id, 'control.json'), controlSchema)) ?? NO_CONTROL;
  }

  /** Lets no new batch of the transfer start. */
  async stop(id: string, reason: 'Failure'): Promise<void> {
    const at = new Date().toISOString();
    await this.changeControl(id, (control) => ({ ...control, stop: control.stop ?? { reason, at } }));
  }

  /** Changes what is asked of the transfer; `change` may run several times. @returns what is in force now */
  changeControl(id: string, change: (control: Control) => Control): Promise<Control> {
    return this.#blobs.update(path(id, 'control.json'), controlSchema, (found) => change(found ?? NO_CONTROL));
  }

  /** Paths of the batches that have a record. */
  async listBatchPaths(id: string): Promise<string[]> {
    const prefix = path(id, 'batches/');
    const paths: string[] = [];
    for await (const { name } of this.#blobs.container.list(prefix))
      paths.push(name.slice(prefix.length, -'.json'.length));
    return paths;
  }

  /**
   * Deletes all that is kept of a transfer. What tells that it had ended goes after the rest, the mark of the deletion
   * last: one that broke off is never taken for a running transfer.
   */
  async delete(request: RequestRecord): Promise<void> {
    const { id, route } = request;
    await this.index.delete(request);
    await this.last.forget(route, id, this.index);
    const last = [...['report.json', 'request.json', 'control.json'].map((name) => path(id, name)), openMarker(id)];
    const names: string[] = [];
    for await (const { name } of this.#blobs.container.list(path(id, ''))) if (!last.includes(name)) names.push(name);
    await mapBounded(names, PARALLEL_READS, (name) => this.#blobs.container.delete(name));
    for (const name of last) await this.#blobs.container.delete(name);
  }

  readBatch(id: string, batch: string): Promise<BatchRecord | undefined> {
    return this.#blobs.read(path(id, `batches/${batch}.json`), batchRecordSchema);
  }

  /** Changes a batch's record; `change` must give the same result when it runs again. */
  updateBatch(id: string, batch: string, change: (record: BatchRecord) => BatchRecord): Promise<BatchRecord> {
    return this.#blobs.update(path(id, `batches/${batch}.json`), batchRecordSchema, (found) =>
      change(found ?? newBatchRecord(batch)),
    );
  }

  /** The records of a whole batch and of the parts that were made of it. */
  readBatchParts(id: string, batch: string): Promise<BatchRecord[]> {
    return this.#readBatches(id, new RegExp(`/${batch}[lrx]*\\.json$`));
  }

  async #readBatches(id: string, wanted = /\.json$/): Promise<BatchRecord[]> {
    const names: string[] = [];
    for await (const { name } of this.#blobs.container.list(path(id, 'batches/'))) {
      if (wanted.test(name)) names.push(name);
    }
    const read = await mapBounded(names, PARALLEL_READS, (name) => this.#blobs.read(name, batchRecordSchema));
    return read.filter((record) => record !== undefined);
  }
}
