import fc from 'fast-check';
import { decideImportStep, type ImportEvidence } from '../../../../src/domain/import/import-decision.ts';
import { RECEIPT_STATES, type ReceiptView } from '../../../../src/domain/import/import-document.ts';

const receipt = (state: ReceiptView['state']): ReceiptView => ({ state, reason: null, transfer: null, batch: null });
const EVIDENCE: ImportEvidence = {
  auto: 'mirror',
  by: 'app',
  triggerStatus: 'Enabled',
  isRequested: false,
  hasOwnRun: false,
  serviceRun: null,
  blob: 'There',
  broken: [],
  receipt: receipt('none'),
  receipts: 'optional',
  waitedMs: 0,
  waitMs: 60_000,
};
const decide = (given: Partial<ImportEvidence>) => decideImportStep({ ...EVIDENCE, ...given });

describe('decideImportStep', () => {
  it('does not import after a failed run of the service what the receipt stops', () => {
    const stopped: Partial<ImportEvidence> = { blob: 'Claimed', serviceRun: 'a_b', receipt: receipt('mismatch') };
    expect(decide(stopped)).toEqual({ step: 'Follow', run: 'a_b' });
    expect(decide({ serviceRun: 'a_b' })).toEqual({ step: 'Follow', run: 'a_b' });
  });

  it.each<[string, Partial<ImportEvidence>, object]>([
    ['claims what has landed', {}, { step: 'Claim' }],
    ['imports what it has claimed', { blob: 'Claimed' }, { step: 'Import' }],
    [
      'carries a claim through when the trigger was switched off',
      { blob: 'Claimed', triggerStatus: 'Disabled' },
      { step: 'Import' },
    ],
    [
      'goes on with its own run whatever became of the blob',
      { blob: 'Gone', hasOwnRun: true, serviceRun: 'a_b' },
      { step: 'Import' },
    ],
    [
      'follows a run of the service that came before the claim',
      { blob: 'Claimed', serviceRun: 'a_b' },
      { step: 'Follow', run: 'a_b', elseImport: true },
    ],
    [
      'follows a run of the service with the trigger off',
      { triggerStatus: 'Disabled', serviceRun: 'a_b' },
      { step: 'Follow' },
    ],
    ['leaves a blob alone where the trigger is off', { triggerStatus: 'Disabled' }, { step: 'Ignore' }],
    [
      'imports with the trigger off where it always does',
      { triggerStatus: 'Disabled', auto: 'always' },
      { step: 'Claim' },
    ],
    [
      'imports with the trigger off where somebody asked',
      { triggerStatus: 'Disabled', isRequested: true },
      { step: 'Claim' },
    ],
    [
      'leaves a blob alone that is too old for the trigger that it mirrors',
      { broken: ['older than 60 days'] },
      { step: 'Ignore', reason: expect.stringContaining('older than 60 days') },
    ],
    ['imports an old one where it always does', { broken: ['older than 60 days'], auto: 'always' }, { step: 'Claim' }],
    [
      'imports an old one where somebody asked',
      { broken: ['older than 60 days'], isRequested: true },
      { step: 'Claim' },
    ],
    ['waits for the service', { by: 'service' }, { step: 'Wait', delayMs: 1000 }],
    ['waits no longer than it is to', { by: 'service', waitedMs: 59_990 }, { step: 'Wait', delayMs: 10 }],
    ['imports when the service did not', { by: 'service', waitedMs: 60_000 }, { step: 'Claim' }],
    [
      'does not wait for what the service passes over',
      { by: 'service', broken: ['no Content-MD5'] },
      { step: 'Claim' },
    ],
    [
      'does not wait for a trigger that is off',
      { by: 'service', auto: 'always', triggerStatus: 'Disabled' },
      { step: 'Claim' },
    ],
    ['leaves it to the service', { auto: 'never' }, { step: 'Wait' }],
    [
      'says that the service did not',
      { auto: 'never', waitedMs: 60_000 },
      { step: 'Fail', failure: { code: 'SERVICE_DID_NOT_IMPORT' } },
    ],
    [
      'says why the service will not',
      { auto: 'never', broken: ['no Content-MD5'] },
      { step: 'Ignore', reason: expect.stringContaining('no Content-MD5') },
    ],
    ['lets go of a blob that is gone', { blob: 'Gone' }, { step: 'Ignore' }],
    [
      'tells who asked that it is gone',
      { blob: 'Gone', isRequested: true },
      { step: 'Fail', failure: { code: 'ARCHIVE_NOT_FOUND' } },
    ],
    [
      'tells who asked that it was overwritten',
      { blob: 'Changed', isRequested: true },
      { step: 'Fail', failure: { class: 'conflict' } },
    ],
    [
      'takes the blob from the service while its receipt is missing',
      { by: 'service', receipts: 'required' },
      { step: 'Claim' },
    ],
    [
      'waits for the service where the receipt is good',
      { by: 'service', receipts: 'required', receipt: receipt('matched') },
      { step: 'Wait' },
    ],
    ['waits for a receipt that is required', { blob: 'Claimed', receipts: 'required' }, { step: 'Wait' }],
    [
      'fails where it does not come',
      { blob: 'Claimed', receipts: 'required', waitedMs: 60_000 },
      { step: 'Fail', failure: { code: 'RECEIPT_MISSING' } },
    ],
    [
      'fails where its signature stays bad',
      { blob: 'Claimed', receipts: 'required', receipt: receipt('unsigned'), waitedMs: 60_000 },
      { step: 'Fail', failure: { code: 'RECEIPT_UNSIGNED' } },
    ],
    [
      'passes over an untrusted receipt that is optional',
      { blob: 'Claimed', receipt: receipt('unsigned') },
      { step: 'Import' },
    ],
    [
      'never imports what is not what its receipt says',
      { blob: 'Claimed', receipt: receipt('mismatch') },
      { step: 'Fail', failure: { code: 'RECEIPT_MISMATCH' } },
    ],
    [
      'never imports beside a receipt that nobody can read',
      { blob: 'Claimed', receipt: receipt('invalid') },
      { step: 'Fail', failure: { code: 'RECEIPT_INVALID' } },
    ],
  ])('%s', (_name, given, expected) => {
    expect(decide(given)).toMatchObject(expected);
  });

  it('starts no run of the app without a claim, with a bad receipt, or against the route, whatever else is seen', () => {
    const evidence = fc.record<ImportEvidence>({
      auto: fc.constantFrom('mirror', 'always', 'never'),
      by: fc.constantFrom('app', 'service'),
      triggerStatus: fc.constantFrom('Enabled', 'Disabled', undefined),
      isRequested: fc.boolean(),
      hasOwnRun: fc.constant(false),
      serviceRun: fc.constantFrom(null, 'a_b'),
      blob: fc.constantFrom('There', 'Claimed', 'Changed', 'Gone'),
      broken: fc.constantFrom([], ['no Content-MD5']),
      receipt: fc.constantFrom(...RECEIPT_STATES).map(receipt),
      receipts: fc.constantFrom('required', 'optional'),
      waitedMs: fc.nat({ max: 200_000 }),
      waitMs: fc.constant(60_000),
    });
    fc.assert(
      fc.property(evidence, (given) => {
        const { step } = decideImportStep(given);
        const { receipts, auto, isRequested, triggerStatus } = given;
        if (step === 'Import') {
          const good = receipts === 'required' ? ['matched'] : ['unread', 'none', 'matched', 'unsigned'];
          expect(good).toContain(given.receipt.state);
          expect(given.blob).toBe('Claimed');
        }
        if (given.serviceRun !== null) expect(step).toBe('Follow');
        if (step === 'Claim' && !isRequested) {
          expect(auto).not.toBe('never');
          expect(auto === 'always' || triggerStatus !== 'Disabled').toBe(true);
        }
      }),
    );
  });
});
