import { context, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { inActivitySpan } from '../../../src/telemetry/activity-span.ts';
import { Telemetry } from '../../support/telemetry.ts';

const NULL_RESULT = { ok: true, value: null } as const;
const TARGET = { transfer: 'abc', path: 'b0001' };
const REFUSED = {
  ok: false,
  failure: { class: 'access', code: 'DENIED', message: 'GET https://a.test/b?sig=secret: 403' },
} as const;

describe('an activity, with an SDK registered', () => {
  let told: Telemetry;
  beforeEach(() => {
    told = new Telemetry().start();
  });
  afterEach(() => told.stop());

  it('is in the trace of its transfer, whichever activity and worker it is', async () => {
    const request = { owner: { kind: 'batch', ...TARGET }, direction: 'export', archive: 'a.tar' } as const;
    const key = { id: 'abc', path: 'b0001', attempt: 1 };
    await inActivitySpan('beginBatch', TARGET, async () => NULL_RESULT);
    await inActivitySpan('startRun', { ...request, key, catalogDigest: null }, async () => NULL_RESULT);
    await inActivitySpan('beginTransfer', { transfer: 'other' }, async () => NULL_RESULT);
    const [first, second, other] = told.spans;
    expect(first?.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect([second?.traceId, second?.parentSpanId]).toEqual([first?.traceId, first?.parentSpanId]);
    expect(second?.attributes).toMatchObject({
      'acr_transfer.activity': 'startRun',
      'acr_transfer.transfer.id': 'abc',
      'acr_transfer.batch.path': 'b0001',
    });
    expect(other?.traceId).not.toBe(first?.traceId);
  });

  it('gives an import a trace of its own, and leaves a rotation in that of its invocation', async () => {
    await inActivitySpan('findOtherRuns', { importId: 'abc' }, async () => NULL_RESULT);
    await inActivitySpan('readControl', { transfer: 'abc' }, async () => NULL_RESULT);
    await inActivitySpan('retireSas', { route: 'r', side: 'source' }, async () => NULL_RESULT);
    const [imported, transferred, rotated] = told.spans;
    expect(imported?.traceId).not.toBe(transferred?.traceId);
    expect(rotated).toMatchObject({ parentSpanId: undefined, attributes: { 'acr_transfer.side': 'source' } });
  });

  it('has what it calls inside its span, and the invocation as a link', async () => {
    const invocation = trace.getTracer('host').startSpan('invocation');
    let inside: string | undefined;
    await context.with(trace.setSpan(ROOT_CONTEXT, invocation), () =>
      inActivitySpan('beginBatch', TARGET, async () => {
        await Promise.resolve();
        inside = trace.getActiveSpan()?.spanContext().spanId;
        return NULL_RESULT;
      }),
    );
    expect(told.spans).toMatchObject([{ spanId: inside, links: [{ context: invocation.spanContext() }] }]);
  });

  it('tells class and code of a failure, and nothing that it says in words', async () => {
    const result = await inActivitySpan('settleBatch', { ...TARGET, failed: null, when: 'After' }, async () => REFUSED);
    expect(result).toBe(REFUSED);
    expect(told.spans).toMatchObject([
      {
        status: { code: SpanStatusCode.ERROR },
        attributes: { 'error.type': 'DENIED', 'acr_transfer.failure.class': 'access' },
      },
    ]);
    expect(JSON.stringify(told.spans)).not.toMatch(/sig|secret|https/);
    expect(told.measured).toEqual([
      {
        name: 'acr_transfer.activity.failures',
        value: 1,
        attributes: { 'acr_transfer.activity': 'settleBatch', 'acr_transfer.failure.class': 'access' },
      },
    ]);
  });

  it('ends its span when it throws', async () => {
    const broken = inActivitySpan('readControl', { transfer: 'abc' }, () => Promise.reject(new Error('broken')));
    await expect(broken).rejects.toThrow('broken');
    expect(told.spans).toHaveLength(1);
  });
});

describe('an activity, with no SDK registered', () => {
  it('just runs', async () => {
    const result = await inActivitySpan('readControl', { transfer: 'abc' }, async () => REFUSED);
    expect(result).toBe(REFUSED);
    expect(trace.getActiveSpan()).toBeUndefined();
  });
});
