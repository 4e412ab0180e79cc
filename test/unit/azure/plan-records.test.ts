import { z } from 'zod';
import { JsonBlobs } from '../../../src/azure/records/blob-json.ts';
import { KnownBlobs } from '../../../src/azure/records/known-blobs.ts';
import { PlanRecords } from '../../../src/azure/records/plan-records.ts';
import type { Plan, PlannedArtifact } from '../../../src/domain/plan/plan.ts';
import { memoryContainer } from '../../support/memory-container.ts';

function planned(artifact: string, batch: string | null): PlannedArtifact {
  const open = { digest: 'sha256:a', mediaType: null, bytes: 1, failure: null };
  return { artifact, batch, outcome: batch === null ? 'AlreadyPresent' : null, ...open };
}

const settings = {
  continueOnErrors: true,
  overwrite: false,
  maxParallelBatches: 2,
  maxSplitRuns: 40,
  runTimeoutMinutes: 1,
  retry: { attempts: 1, firstDelaySeconds: 1, factor: 1, maxDelaySeconds: 1, jitter: 0 },
};
const PLAN: Plan = {
  transfer: 'abc',
  route: 'a',
  plannedAt: '2026-01-01T00:00:00.000Z',
  settings,
  batches: 2,
  artifacts: [planned('a:1', 'b0001'), planned('a:2', 'b0002'), planned('a:3', null), planned('a:4', 'b0001')],
};

/** Records over a container that counts which texts are read. */
function open() {
  const container = memoryContainer();
  const reads: string[] = [];
  const blobs = new JsonBlobs({
    ...container,
    readText: (blob) => {
      reads.push(blob);
      return container.readText(blob);
    },
  });
  return { blobs, reads, plans: new PlanRecords(blobs, new KnownBlobs(blobs, 1000)) };
}

describe('the plan of a transfer', () => {
  it('gives a batch, and each half and rest of it, its own artifacts without reading those of others', async () => {
    const { plans, reads } = open();
    await plans.create(PLAN);
    for (const path of ['b0001', 'b0001l', 'b0001rx']) {
      const part = await plans.readBatch({ transfer: 'abc', path });
      expect(part).toEqual({ route: 'a', settings, artifacts: [PLAN.artifacts[0], PLAN.artifacts[3]] });
    }
    expect(new Set(reads)).toEqual(new Set(['transfers/abc/plan/b0001.json']));
  });

  it('stays as it was written first, in its parts too', async () => {
    const { plans } = open();
    await plans.create(PLAN);
    const other = { ...PLAN, route: 'other', artifacts: [planned('z:1', 'b0001')] };
    expect(await plans.create(other)).toEqual(PLAN);
    expect((await plans.readBatch({ transfer: 'abc', path: 'b0001' }))?.route).toBe('a');
  });

  it('of an earlier version has no parts: batches find theirs in the whole', async () => {
    const { plans, blobs } = open();
    await blobs.write('transfers/abc/plan.json', PLAN);
    const part = await plans.readBatch({ transfer: 'abc', path: 'b0002l' });
    expect(part?.artifacts).toEqual([PLAN.artifacts[1]]);
    expect(part?.settings).toEqual(settings);
    expect(await plans.readBatch({ transfer: 'none', path: 'b0001' })).toBeUndefined();
  });
});

describe('known blobs', () => {
  const text = z.string();

  it('are read once while they stay the same, and again when they do not', async () => {
    const { blobs, reads } = open();
    const known = new KnownBlobs(blobs, 100);
    await blobs.write('x', 'one');
    expect([await known.read('x', text), await known.read('x', text)]).toEqual(['one', 'one']);
    expect(reads).toEqual(['x']);
    await blobs.write('x', 'two');
    expect(await known.read('x', text)).toBe('two');
    await blobs.container.delete('x');
    expect(await known.read('x', text)).toBeUndefined();
  });

  it('keep to their bound: the one not used for longest goes, and one that is too long is not kept', async () => {
    const { blobs, reads } = open();
    const known = new KnownBlobs(blobs, 25);
    for (const name of ['a', 'b', 'c']) await blobs.write(name, `${name}234567890`);
    await blobs.write('long', 'x'.repeat(30));
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b', 'long', 'long']) await known.read(name, text);
    expect(reads).toEqual(['a', 'b', 'c', 'b', 'long', 'long']);
  });
});
