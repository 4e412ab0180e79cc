import type { Attempt, BatchRecord } from '../batch/batch-record.ts';
import {
  type Direction,
  formatArchiveName,
  formatBatchPath,
  formatRunName,
  instanceIds,
  MAX_ATTEMPTS,
} from '../names.ts';
import { planSegments } from '../plan/plan.ts';
import { TRANSFER_ENDS } from '../webhook/webhook.ts';

/** What a batch left behind outside of its transfer's record. */
export interface BatchTraces {
  runs: { direction: Direction; name: string }[];
  /** Whether the blob of that name on each side is this transfer's: it may also have been there before. */
  archives: { name: string; source: boolean; target: boolean }[];
  /** Ids of Durable instances. */
  instances: string[];
}

/**
 * The names of all that a batch may have left, by its record. They derive from transfer, path and attempt, so nothing
 * else can be among them; how many attempts there were is told by the runs that the record names.
 */
export function tracesOf(id: string, record: BatchRecord): BatchTraces {
  const { path } = record;
  const attempts = attemptsOf(record);
  const count = {
    export: countRuns(id, record, attempts, 'export'),
    import: countRuns(id, record, attempts, 'import'),
  };
  const copies = record.attempts.filter(({ step }) => step === 'Copy').length + 1;
  const runs = DIRECTIONS.flatMap((direction) => upTo(count[direction]).map(runNamed(id, path, direction)));
  // One that was canceled in the queue for a slot left an instance, and no run that the record could name.
  const asked = DIRECTIONS.flatMap((direction) =>
    upTo(Math.min(count[direction] + 1, MAX_ATTEMPTS)).map(runNamed(id, path, direction)),
  );
  const archives = upTo(count.export).map((attempt) => ({
    name: formatArchiveName({ id, path, attempt }),
    source: !wasTaken(record, attempts, formatRunName('export', { id, path, attempt })),
    // Only an archive that was exported is copied, and the record shows that one.
    target: record.copy !== null && attempt === count.export && !wasTaken(record, attempts, null),
  }));
  const instances = [
    instanceIds.batch(id, path),
    ...asked.map(({ name }) => instanceIds.run(name)),
    ...archives.flatMap(({ name }) => upTo(copies).map((attempt) => instanceIds.copy(name, attempt))),
    ...waitsOf(id, `${path}-Export`, count.export),
    ...archives.flatMap(({ name }) => waitsOf(id, `${name}-Copy`, copies)),
    ...waitsOf(id, `${path}-Import`, count.import),
  ];
  return { runs, archives, instances };
}

const DIRECTIONS: readonly Direction[] = ['export', 'import'];

function runNamed(id: string, path: string, direction: Direction) {
  return (attempt: number) => ({ direction, name: formatRunName(direction, { id, path, attempt }) });
}

/** The Durable instances of a transfer that are no batch's own. Purge them after those of the batches. */
export function transferInstances(id: string, batches: number, maxParallelBatches: number): string[] {
  const segments = planSegments(batches, maxParallelBatches).map(({ segment }) => instanceIds.segment(id, segment));
  const notices = Object.values(TRANSFER_ENDS).map((end) => instanceIds.notify({ kind: 'transfer', id, end }));
  return [...segments, ...notices, instanceIds.transfer(id)];
}

/** The paths of a plan's batches and of those that were made on the way, each once. */
export function allPaths(batches: number, recorded: readonly string[]): string[] {
  return [...new Set([...upTo(batches).map(formatBatchPath), ...recorded])];
}

function attemptsOf(record: BatchRecord): Attempt[] {
  const settled = Object.values(record.outcomes).flatMap(({ attempt }) => (attempt ? [attempt] : []));
  return [...record.attempts, ...settled];
}

const RUN_ATTEMPT = /a(\d\d)$/;

/** The highest attempt of which a run of this very batch is named in the record. */
function countRuns(id: string, record: BatchRecord, attempts: readonly Attempt[], direction: Direction): number {
  const names = [record[direction]?.run, ...attempts.map(({ run }) => run)];
  const numbers = names.map((name) => {
    const attempt = Number(RUN_ATTEMPT.exec(name ?? '')?.[1] ?? 0);
    return attempt > 0 && formatRunName(direction, { id, path: record.path, attempt }) === name ? attempt : 0;
  });
  return Math.max(0, ...numbers);
}

/** Whether a run, or a copy (`null`), found a blob of somebody else under the archive's name. */
function wasTaken(record: BatchRecord, attempts: readonly Attempt[], run: string | null): boolean {
  const { run: last, error } = record.export ?? {};
  const isTaken = (code: string | undefined, of: string | null | undefined) => code === 'BLOB_EXISTS' && of === run;
  return isTaken(error?.code, last) || attempts.some((attempt) => isTaken(attempt.code, attempt.run));
}

/** One more than there were attempts: the last may have been waited for and never begun. */
function waitsOf(id: string, place: string, attempts: number): string[] {
  return upTo(attempts + 1).map((attempt) => instanceIds.pause(id, place, attempt));
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
