import type { BatchPage } from '../../domain/activities.ts';
import { newBatchRecord } from '../../domain/batch/batch-record.ts';
import { MAX_SEGMENT_BATCHES } from '../../domain/plan/plan.ts';
import { allPaths, type BatchTraces, tracesOf } from '../../domain/transfer/traces.ts';
import { mapBounded } from '../../oci/parallel.ts';
import type { Services } from '../services.ts';

/** Batches whose traces one activity deletes. */
const PAGE_BATCHES = MAX_SEGMENT_BATCHES;
const PARALLEL_READS = 8;

async function readPaths({ transfers }: Services, transfer: string): Promise<string[]> {
  const [plan, recorded] = await Promise.all([transfers.readPlan(transfer), transfers.listBatchPaths(transfer)]);
  return allPaths(plan?.batches ?? 0, recorded);
}

/** How many pages the batches of a transfer make. */
export async function countPages(services: Services, transfer: string): Promise<number> {
  return Math.ceil((await readPaths(services, transfer)).length / PAGE_BATCHES);
}

/** What the batches of a page (from 1) left behind; a batch that never began left no more than its instance. */
export async function readTraces(services: Services, { transfer, page }: BatchPage): Promise<BatchTraces[]> {
  const paths = (await readPaths(services, transfer)).slice((page - 1) * PAGE_BATCHES, page * PAGE_BATCHES);
  return mapBounded(paths, PARALLEL_READS, async (path) =>
    tracesOf(transfer, (await services.transfers.readBatch(transfer, path)) ?? newBatchRecord(path)),
  );
}
