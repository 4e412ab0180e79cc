import { SpanStatusCode } from '@opentelemetry/api';
import { activities } from '../../../src/activities/all.ts';
import { inActivitySpan } from '../../../src/telemetry/activity-span.ts';
import { DIGEST, importActivities } from '../../support/import-activities.ts';
import { Telemetry } from '../../support/telemetry.ts';

const RUN = {
  run: 'i2',
  status: 'Succeeded',
  percentage: 100,
  startedAt: '2026-01-01T00:01:00.000Z',
  finishedAt: '2026-01-01T00:02:00.000Z',
  catalogDigest: null,
  error: null,
};
const BUSY = { class: 'transient', code: 'ServerBusy', message: 'secret words' } as const;
const artifact = (name: string, outcome: 'Transferred' | 'Failed') => {
  return { artifact: name, digest: DIGEST, expectedDigest: DIGEST, outcome, error: null, isNotInReceipt: false };
};

describe('an import that ends', () => {
  let told: Telemetry;
  beforeEach(() => {
    told = new Telemetry().start();
  });
  afterEach(() => told.stop());

  async function end() {
    const world = importActivities();
    const receipt = { state: 'matched', reason: null, transfer: 'far', batch: 'b0001' } as const;
    const artifacts = [artifact('a:1', 'Transferred'), artifact('a:2', 'Failed'), artifact('a:3', 'Failed')];
    await world.begin('one', { receipt, artifacts, runs: [RUN] });
    for (let times = 0; times < 2; times++) {
      await activities.recordImportRetry(world.services, { importId: 'one', run: 'i1', failure: BUSY });
    }
    for (let times = 0; times < 2; times++) {
      await activities.endImport(world.services, { importId: 'one', end: { kind: 'Ran', failure: null } });
    }
    return world;
  }

  it('is counted once, with its artifacts by outcome and its retries', async () => {
    const { imports } = await end();
    const route = { 'acr_transfer.route': 'public-to-china' };
    expect(told.measured).toEqual([
      {
        name: 'acr_transfer.retries',
        value: 1,
        attributes: { 'acr_transfer.step': 'Import', 'acr_transfer.failure.class': 'transient' },
      },
      { name: 'acr_transfer.imports', value: 1, attributes: { ...route, 'acr_transfer.state': 'CompletedWithErrors' } },
      {
        name: 'acr_transfer.imports.artifacts',
        value: 1,
        attributes: { ...route, 'acr_transfer.outcome': 'Transferred' },
      },
      { name: 'acr_transfer.imports.artifacts', value: 2, attributes: { ...route, 'acr_transfer.outcome': 'Failed' } },
    ]);
    expect((await imports.read('one'))?.retries).toMatchObject([{ step: 'Import', run: 'i1', code: 'ServerBusy' }]);
  });

  it('is a span with its runs, in the trace of its activities and linked to that of the transfer', async () => {
    await end();
    await inActivitySpan('findOtherRuns', { importId: 'one' }, async () => ({ ok: true, value: null }));
    await inActivitySpan('readControl', { transfer: 'far' }, async () => ({ ok: true, value: null }));
    const [run, span, ofImport, ofTransfer] = told.spans;
    expect(told.spans.map(({ name }) => name).slice(0, 2)).toEqual(['import run', 'import public-to-china']);
    expect(span).toMatchObject({
      traceId: ofImport?.traceId,
      parentSpanId: ofImport?.parentSpanId,
      status: { code: SpanStatusCode.ERROR },
      events: [{ name: 'retry', attributes: { 'acr_transfer.run.name': 'i1', 'error.type': 'ServerBusy' } }],
      attributes: { 'acr_transfer.transfer.id': 'far', 'acr_transfer.artifacts.Failed': 2 },
      links: [{ context: { traceId: ofTransfer?.traceId, spanId: ofTransfer?.parentSpanId } }],
    });
    expect(run).toMatchObject({ parentSpanId: span?.spanId, startMs: Date.parse(RUN.startedAt) });
    expect(JSON.stringify(told.spans)).not.toContain('secret words');
  });
});
