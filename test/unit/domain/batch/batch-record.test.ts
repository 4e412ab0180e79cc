import {
  type Attempt,
  addAttempt,
  batchRecordSchema,
  newBatchRecord,
} from '../../../../src/domain/batch/batch-record.ts';

const attempt: Attempt = {
  step: 'Export',
  run: 'e1',
  class: 'transient',
  code: 'ServerBusy',
  message: 'busy',
  correlationId: null,
  at: '2026-01-01T00:00:00Z',
};

describe('newBatchRecord', () => {
  it('begins with the export, without an outcome, in the form that is kept', () => {
    const record = newBatchRecord('b0001');
    expect(record).toMatchObject({ path: 'b0001', step: 'Export', attempt: 1, attempts: [], outcomes: {} });
    expect(batchRecordSchema.parse(record)).toEqual(record);
  });
});

describe('addAttempt', () => {
  it('keeps a failed try once, however often it is reported', () => {
    const once = addAttempt(newBatchRecord('b0001'), attempt);
    expect(addAttempt(once, { ...attempt, at: 'later' })).toEqual(once);
    expect(once.attempts).toEqual([attempt]);
  });

  it('keeps another run, step or code beside it', () => {
    const others = [{ run: 'e2' }, { step: 'Import' as const }, { code: 'OperationTimedOut' }];
    const record = others.reduce(
      (kept, other) => addAttempt(kept, { ...attempt, ...other }),
      addAttempt(newBatchRecord('b0001'), attempt),
    );
    expect(record.attempts).toHaveLength(4);
  });

  it('keeps every try of a step that has no run to tell them apart', () => {
    const copy = { ...attempt, step: 'Copy' as const, run: null };
    expect(addAttempt(addAttempt(newBatchRecord('b0001'), copy), copy).attempts).toHaveLength(2);
  });

  it('leaves the record it is given as it is', () => {
    const record = newBatchRecord('b0001');
    addAttempt(record, attempt);
    expect(record.attempts).toEqual([]);
  });
});
