import fc from 'fast-check';
import { addToPace, estimateSeconds, MAX_SAMPLES, type Pace, paceSchema } from '../../../../src/domain/plan/pace.ts';
import type { TransferDocument } from '../../../../src/domain/transfer/transfer-document.ts';

type Batch = TransferDocument['batches'][number];

function run(status: string, startedAt: string | null, finishedAt: string | null): Batch['export'] {
  return { run: 'r', status, percentage: 100, startedAt, finishedAt, catalogDigest: null, error: null };
}

function batch(bytes: number | null, changes: Partial<Batch> = {}): Batch {
  return {
    path: 'b0001',
    step: 'Done',
    attempt: 1,
    archive: { name: 'a.tar', bytes },
    export: run('Succeeded', '2026-01-01T00:00:00Z', '2026-01-01T00:01:00Z'),
    copy: null,
    import: run('Succeeded', '2026-01-01T00:01:00Z', '2026-01-01T00:02:30Z'),
    receipt: null,
    handover: null,
    ...changes,
  };
}

function report(id: string, batches: Batch[]): TransferDocument {
  return { id, route: 'a', batches } as unknown as TransferDocument;
}

describe('the pace of a route', () => {
  it('takes from a report how long each batch took, and what it moved', () => {
    expect(addToPace(undefined, report('abc', [batch(1000)]))).toEqual({
      samples: [{ transfer: 'abc', bytes: 1000, seconds: 150 }],
    });
  });

  it('takes of what another app imports how long it took to the hand-over', () => {
    const at = '2026-01-01T00:01:40Z';
    const handover = { at } as Batch['handover'];
    const failed = run('Failed', '2026-01-01T00:01:00Z', at);
    const batches = [batch(1000, { import: null, handover }), batch(1, { import: failed, handover })];
    expect(addToPace(undefined, report('abc', batches)).samples).toEqual([
      { transfer: 'abc', bytes: 1000, seconds: 100 },
    ]);
  });

  it('leaves out what did not go through, or of which the service did not say when', () => {
    const others = [
      batch(null),
      batch(1, { export: null }),
      batch(1, { import: null }),
      batch(1, { import: run('Failed', '2026-01-01T00:01:00Z', '2026-01-01T00:02:30Z') }),
      batch(1, { import: run('Succeeded', null, null) }),
      batch(1, { archive: null }),
    ];
    expect(addToPace(undefined, report('abc', others)).samples).toEqual([]);
  });

  it('counts a report that comes twice once, and lets no transfer push out all others', () => {
    const large = report(
      'large',
      Array.from({ length: 2000 }, (_, index) => batch(index + 1)),
    );
    const once = addToPace(addToPace(undefined, report('abc', [batch(7)])), large);
    expect(once.samples).toHaveLength(11);
    expect(once.samples[0]).toMatchObject({ transfer: 'abc', bytes: 7 });
    expect(addToPace(once, large)).toEqual(once);
  });

  it('keeps the newest, and no more than there is room for', () => {
    let pace: Pace | undefined;
    for (let index = 0; index < 80; index++) pace = addToPace(pace, report(`t${index}`, [batch(1)]));
    expect(pace?.samples).toHaveLength(MAX_SAMPLES);
    expect(pace?.samples.at(-1)?.transfer).toBe('t79');
    expect(paceSchema.parse(pace)).toEqual(pace);
  });
});

describe('estimateSeconds', () => {
  const pace = (...samples: [bytes: number, seconds: number][]) => ({
    samples: samples.map(([bytes, seconds]) => ({ transfer: 'abc', bytes, seconds })),
  });

  it('knows nothing of a route without past batches', () => {
    expect(estimateSeconds(undefined, [{ bytes: 1 }], 2)).toBeNull();
    expect(estimateSeconds(pace(), [{ bytes: 1 }], 2)).toBeNull();
  });

  it('finds overhead and rate again, past a batch that was out of the way', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 1, max: 100 }), (overhead, perByte) => {
        const honest = [1, 2, 3, 5, 8, 13, 21].map((bytes): [number, number] => [bytes, overhead + perByte * bytes]);
        const known = pace(...honest, [4, 100_000]);
        expect(estimateSeconds(known, [{ bytes: 100 }], 1)).toBeCloseTo(overhead + 100 * perByte, -1);
      }),
    );
  });

  it('counts the overhead alone where all batches were of one size', () => {
    expect(estimateSeconds(pace([5, 100], [5, 120], [5, 500]), [{ bytes: 5 }], 1)).toBe(120);
  });

  it('lets batches run side by side, each as a lane gets free', () => {
    const known = pace([10, 10], [20, 20]);
    const batches = [30, 10, 10, 20].map((bytes) => ({ bytes }));
    expect(estimateSeconds(known, batches, 1)).toBe(70);
    expect(estimateSeconds(known, batches, 2)).toBe(40);
    expect(estimateSeconds(known, [], 2)).toBe(0);
  });
});
