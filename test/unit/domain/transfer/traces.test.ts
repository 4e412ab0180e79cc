import {
  type Attempt,
  type BatchRecord,
  newBatchRecord,
  type RunView,
} from '../../../../src/domain/batch/batch-record.ts';
import { type Direction, formatRunName } from '../../../../src/domain/names.ts';
import { allPaths, tracesOf, transferInstances } from '../../../../src/domain/transfer/traces.ts';

const ID = 'abc';
const PATH = 'b0001';

function runName(direction: Direction, attempt: number): string {
  return formatRunName(direction, { id: ID, path: PATH, attempt });
}

function view(run: string, code?: string): RunView {
  const error = code ? ({ class: 'conflict', code, message: 'm' } as const) : null;
  return { run, status: 'Failed', percentage: null, startedAt: null, finishedAt: null, catalogDigest: null, error };
}

function attempt(step: Attempt['step'], run: string | null, code = 'X'): Attempt {
  return { step, run, class: 'transient', code, message: 'm', correlationId: null, at: 't' };
}

const COPIED = { mode: 'server', bytesCopied: 1, bytesTotal: 1 } as const;

function traces(more: Partial<BatchRecord>) {
  return tracesOf(ID, { ...newBatchRecord(PATH), ...more });
}

describe('tracesOf', () => {
  it('names nothing but instances of a batch that never began', () => {
    const found = traces({});
    expect(found.runs).toEqual([]);
    expect(found.archives).toEqual([]);
    expect(found.instances).toContain('batch:abc:b0001');
  });

  it('names every attempt up to the last one that the record knows, each under its derived name', () => {
    const found = traces({
      export: view(runName('export', 3)),
      copy: COPIED,
      import: view(runName('import', 1)),
      attempts: [attempt('Export', runName('export', 1))],
    });
    expect(found.runs).toEqual([
      ...[1, 2, 3].map((n) => ({ direction: 'export', name: runName('export', n) })),
      { direction: 'import', name: runName('import', 1) },
    ]);
    expect(found.archives).toEqual([
      { name: 'abc-b0001-a01.tar', source: true, target: false },
      { name: 'abc-b0001-a02.tar', source: true, target: false },
      { name: 'abc-b0001-a03.tar', source: true, target: true },
    ]);
    for (const { name } of found.runs) expect(found.instances).toContain(`run:${name}`);
    const waits = ['b0001-Export:4', 'abc-b0001-a03.tar-Copy:1', 'b0001-Import:2'].map((wait) => `pause:abc:${wait}`);
    expect(found.instances).toEqual(expect.arrayContaining(waits));
  });

  it('names the instances of a run in each direction that waited for a slot and was never asked for', () => {
    const first = traces({});
    for (const direction of ['export', 'import'] as const) {
      expect(first.instances).toContain(`run:${runName(direction, 1)}`);
    }
    const later = traces({ export: view(runName('export', 2)), import: view(runName('import', 99)) });
    expect(later.instances).toContain(`run:${runName('export', 3)}`);
    expect(later.runs).not.toContainEqual({ direction: 'export', name: runName('export', 3) });
    expect(later.runs).toHaveLength(2 + 99);
  });

  it('does not take the run of another batch for its own', () => {
    const other = formatRunName('export', { id: ID, path: 'b0002', attempt: 5 });
    expect(traces({ export: view(other), attempts: [attempt('Export', other)] }).runs).toEqual([]);
  });

  it('leaves alone a blob that was there before the export', () => {
    const first = runName('export', 1);
    expect(traces({ export: view(first, 'BLOB_EXISTS') }).archives).toMatchObject([{ source: false }]);
    expect(traces({ export: view(first), attempts: [attempt('Export', first, 'BLOB_EXISTS')] }).archives).toMatchObject(
      [{ source: false }],
    );
  });

  it('leaves alone a blob of the target that the copy did not replace', () => {
    const settled = { outcome: 'Failed', attempt: attempt('Copy', null, 'BLOB_EXISTS'), verifiedDigest: null } as const;
    const found = traces({ export: view(runName('export', 1)), copy: COPIED, outcomes: { 'a:1': settled } });
    expect(found.archives).toEqual([{ name: 'abc-b0001-a01.tar', source: true, target: false }]);
  });
});

describe('transferInstances', () => {
  it('names each segment, what tells of the end, and the transfer last', () => {
    const ids = ['segment:abc:1', 'segment:abc:2', 'notify:transfer:abc:1', 'notify:transfer:abc:2', 'transfer:abc'];
    expect(transferInstances(ID, 21, 2)).toEqual(ids);
  });
});

describe('allPaths', () => {
  it('names the batches of the plan and those that were made on the way, each once', () => {
    expect(allPaths(2, ['b0002', 'b0002l'])).toEqual(['b0001', 'b0002', 'b0002l']);
  });
});
