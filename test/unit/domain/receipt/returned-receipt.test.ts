import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { newBatchRecord } from '../../../../src/domain/batch/batch-record.ts';
import { countOutcomes, type Outcome } from '../../../../src/domain/outcome.ts';
import type { ImportReceipt } from '../../../../src/domain/receipt/receipt.ts';
import {
  applyReturned,
  awaitedBatches,
  type Returned,
  readReturned,
} from '../../../../src/domain/receipt/returned-receipt.ts';
import type { TransferDocument } from '../../../../src/domain/transfer/transfer-document.ts';
import { pemOf, signDetached } from '../../../support/signing.ts';

const GOOD = `sha256:${'a'.repeat(64)}`;
const OTHER = `sha256:${'b'.repeat(64)}`;
const AT = '2026-01-01T00:00:00Z';
const NOW = { now: '2026-02-01T00:00:00Z', stopped: false };
const BATCH = { path: 'b0001', archive: 'abc-b0001-a01.tar', transfer: 'abc' };
const FAILURE = { class: 'artifact', code: 'RECEIPT_MISMATCH', message: 'a:1 did not arrive.' } as const;
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const HANDOVER = {
  archive: 'https://s/c/abc-b0001-a01.tar',
  bytes: 1,
  md5: null,
  catalogDigest: null,
  receipt: 'https://s/r/x',
  signature: null,
  azcopy: null,
  at: AT,
  ignored: null,
};

/** A transfer of one batch that ended with these outcomes; artifacts are `a:0`, `a:1`, … */
function ended(outcomes: Outcome[], more: Partial<TransferDocument> = {}): TransferDocument {
  const { artifacts, attempts, outcomes: kept, ...batch } = newBatchRecord('b0001');
  return {
    id: 'abc',
    route: 'a',
    state: 'HandedOver',
    phase: null,
    requestedBy: 'key',
    requestedAt: AT,
    startedAt: AT,
    finishedAt: AT,
    retryOf: null,
    correlationId: 'c',
    options: {},
    counts: countOutcomes(outcomes),
    bytes: { planned: 1, moved: 0 },
    batches: [{ ...batch, archive: { name: BATCH.archive, bytes: 1 }, handover: HANDOVER }],
    artifacts: outcomes.map((outcome, index) => ({
      artifact: `a:${index}`,
      digest: GOOD,
      mediaType: null,
      bytes: 1,
      batch: 'b0001',
      outcome,
      attempts: [],
    })),
    error: null,
    ...more,
  };
}

function told(index: number, more: Partial<ImportReceipt['artifacts'][number]> = {}) {
  const good = { digest: GOOD, verifiedDigest: GOOD, outcome: 'Transferred', error: null } as const;
  return { artifact: `a:${index}`, ...good, ...more };
}

function receipt(artifacts: ImportReceipt['artifacts'], more: Partial<ImportReceipt> = {}): ImportReceipt {
  const archive = { name: BATCH.archive, bytes: 1, md5: null };
  return {
    version: 1,
    transfer: 'abc',
    batch: 'b0001',
    archive,
    id: 'i',
    importedAt: AT,
    error: null,
    artifacts,
    ...more,
  };
}

function apply(report: TransferDocument, given: ImportReceipt, end = NOW) {
  return applyOne(report, { ok: true, receipt: given }, end);
}

/** What has come back of the first batch, put into the report. */
function applyOne(report: TransferDocument, returned: Returned, end = NOW) {
  return applyReturned(report, new Map([['b0001', returned]]), end).report;
}

function outcomesOf(report: TransferDocument | undefined) {
  return report?.artifacts?.map(({ outcome }) => outcome);
}

describe('applyReturned', () => {
  it('makes final what the other side verified, and the transfer with it', () => {
    const report = ended(['HandedOver', 'HandedOver', 'AlreadyPresent']);
    const changed = apply(report, receipt([told(0), told(1, { outcome: 'AlreadyPresent' })]));
    expect(outcomesOf(changed)).toEqual(['Transferred', 'Transferred', 'AlreadyPresent']);
    expect(changed).toMatchObject({
      state: 'Succeeded',
      counts: { Transferred: 2, HandedOver: 0 },
      finishedAt: NOW.now,
    });
  });

  it("gives what failed there the other side's reason", () => {
    const changed = apply(
      ended(['HandedOver', 'HandedOver']),
      receipt([told(0), told(1, { outcome: 'Failed', error: FAILURE })]),
    );
    expect(outcomesOf(changed)).toEqual(['Transferred', 'Failed']);
    expect(changed?.state).toBe('CompletedWithErrors');
    expect(changed?.artifacts?.[1]?.attempts).toMatchObject([{ step: 'Import', ...FAILURE }]);
  });

  it('fails all of an archive that was not imported', () => {
    const changed = apply(ended(['HandedOver', 'HandedOver']), receipt([], { error: FAILURE }));
    expect(outcomesOf(changed)).toEqual(['Failed', 'Failed']);
    expect(changed?.state).toBe('Failed');
  });

  it('takes no word for a digest: another one, or none, is a failure', () => {
    for (const verifiedDigest of [OTHER, null]) {
      const changed = apply(ended(['HandedOver']), receipt([told(0, { verifiedDigest })]));
      expect(changed?.artifacts?.[0]).toMatchObject({ outcome: 'Failed', attempts: [{ code: 'DIGEST_MISMATCH' }] });
    }
  });

  it('leaves waiting what is not named, named with another digest, or handed on', () => {
    const report = ended(['HandedOver', 'HandedOver', 'HandedOver', 'HandedOver']);
    const given = receipt([told(0), told(1, { digest: OTHER }), told(2, { outcome: 'HandedOver' })]);
    const changed = apply(report, given);
    expect(outcomesOf(changed)).toEqual(['Transferred', 'HandedOver', 'HandedOver', 'HandedOver']);
    expect(changed).toMatchObject({ state: 'HandedOver', finishedAt: AT });
  });

  it('changes nothing the second time, and nothing that is final', () => {
    const given = receipt([told(0), told(1)]);
    const changed = apply(ended(['HandedOver', 'HandedOver']), given);
    expect(changed && apply(changed, given)).toBeUndefined();
    expect(apply(ended(['Failed', 'Canceled']), given)).toBeUndefined();
  });

  it('changes artifacts of that batch only', () => {
    const report = ended(['HandedOver']);
    const returned = new Map([['b0002', { ok: true, receipt: receipt([told(0)]) } as const]]);
    expect(applyReturned(report, returned, NOW)).toEqual({ report: undefined, ignored: [] });
  });

  it('leaves a transfer canceled that was, or failed as a whole', () => {
    expect(apply(ended(['HandedOver', 'Canceled'], { state: 'Canceled' }), receipt([told(0)]))?.state).toBe('Canceled');
    const failed = ended(['HandedOver'], { state: 'Failed', error: FAILURE });
    expect(apply(failed, receipt([told(0)]))?.state).toBe('Failed');
  });

  it('masks what looks like a token in the reason, and takes no code that is none', () => {
    const error = { ...FAILURE, code: '=cmd()', message: `https://x/y?sig=SECRET ${'x'.repeat(5000)}` };
    const attempt = apply(ended(['HandedOver']), receipt([told(0, { outcome: 'Failed', error })]))?.artifacts?.[0]
      ?.attempts[0];
    expect(attempt).toMatchObject({ code: 'NOT_IMPORTED', message: expect.not.stringContaining('SECRET') });
    expect(attempt?.message.length).toBeLessThanOrEqual(2000);
  });

  it('names a receipt that is not believed in the document, once, and forgets it when a good one comes', () => {
    const report = ended(['HandedOver']);
    const bad = { ok: false, ignored: { code: 'SIGNATURE_WRONG', message: 'm' } } as const;
    const noted = applyOne(report, bad);
    expect(noted?.batches[0]?.handover?.ignored).toEqual(bad.ignored);
    expect(outcomesOf(noted)).toEqual(['HandedOver']);
    expect(noted && applyOne(noted, bad)).toBeUndefined();
    expect(noted && apply(noted, receipt([told(0)]))?.batches[0]?.handover?.ignored).toBeNull();
  });
});

describe('readReturned', () => {
  const text = JSON.stringify(receipt([told(0)]));
  const keys = [pemOf(publicKey)];

  function codeOf(given: string, signature: string | null = null, publicKeys: string[] = []) {
    const returned = readReturned({ text: given, signature }, BATCH, publicKeys);
    return returned.ok ? 'ok' : returned.ignored.code;
  }

  it('takes a receipt without a signature only where the route has no keys', () => {
    expect(codeOf(text)).toBe('ok');
    expect(codeOf(text, null, keys)).toBe('SIGNATURE_ABSENT');
    expect(codeOf(text, signDetached(text, { alg: 'ES256' }, privateKey), keys)).toBe('ok');
    expect(codeOf(`${text} `, signDetached(text, { alg: 'ES256' }, privateKey), keys)).toBe('SIGNATURE_WRONG');
  });

  it.each([
    ['another transfer', { transfer: 'other' }],
    ['another batch', { batch: 'b0002' }],
    ['another archive', { archive: { name: 'x.tar', bytes: 1, md5: null } }],
  ])('does not take that of %s', (_, more) => {
    expect(codeOf(JSON.stringify(receipt([told(0)], more)))).toBe('RECEIPT_OF_ANOTHER');
  });

  it.each([
    ['another version', JSON.stringify({ ...receipt([]), version: 2 })],
    ['an unknown field', JSON.stringify({ ...receipt([]), more: 1 })],
    ['an artifact named twice', JSON.stringify(receipt([told(0), told(0, { outcome: 'Failed' })]))],
    ['no JSON', '{'],
  ])('does not take one with %s', (_, given) => {
    expect(codeOf(given)).toBe('RECEIPT_INVALID');
  });

  it('lets no text change an outcome that the keys have not signed, and never throws', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.json(),
      fc.jsonValue().map((value) => JSON.stringify({ ...receipt([told(0)]), value })),
    );
    fc.assert(
      fc.property(anything, fc.option(fc.string()), (given, signature) => {
        const report = ended(['HandedOver', 'Failed']);
        const changed = applyOne(report, readReturned({ text: given, signature }, BATCH, keys));
        expect(outcomesOf(changed ?? report)).toEqual(['HandedOver', 'Failed']);
      }),
    );
  });

  it('lets a receipt without keys end nothing but as its digests say', () => {
    const one = fc.record({
      artifact: fc.constantFrom('a:0', 'a:1', 'b:0'),
      digest: fc.constantFrom(GOOD, OTHER),
      verifiedDigest: fc.constantFrom(GOOD, OTHER, null),
      outcome: fc.constantFrom<Outcome>('Transferred', 'AlreadyPresent', 'Failed', 'Skipped', 'Canceled', 'HandedOver'),
      error: fc.constant(null),
    });
    fc.assert(
      fc.property(fc.uniqueArray(one, { selector: ({ artifact }) => artifact }), (artifacts) => {
        const returned = readReturned({ text: JSON.stringify(receipt(artifacts)), signature: null }, BATCH, []);
        const changed = applyOne(ended(['HandedOver', 'HandedOver']), returned);
        const arrived = changed?.artifacts?.filter(({ outcome }) => outcome === 'Transferred') ?? [];
        for (const { artifact } of arrived) {
          expect(artifacts.find((each) => each.artifact === artifact)).toMatchObject({
            digest: GOOD,
            verifiedDigest: GOOD,
          });
        }
      }),
    );
  });
});

describe('awaitedBatches', () => {
  it('are those of which something was handed over and is not final', () => {
    expect(awaitedBatches(ended(['HandedOver', 'Failed']))).toEqual([{ path: 'b0001', archive: BATCH.archive }]);
    expect(awaitedBatches(ended(['Transferred', 'Failed']))).toEqual([]);
  });
});
