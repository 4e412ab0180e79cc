import { decideOutcome } from '../../../../src/domain/batch/verification.ts';
import {
  CANCELED,
  controlSchema,
  haltOf,
  isCanceled,
  NO_CONTROL,
  noticeOf,
  STOPPED,
} from '../../../../src/domain/transfer/control.ts';

const MARK = { at: '2026-01-01T00:00:00Z' };

describe('haltOf', () => {
  it.each([
    [NO_CONTROL, null],
    [{ ...NO_CONTROL, stop: { reason: 'Failure' as const, at: MARK.at } }, null],
    [{ ...NO_CONTROL, pause: MARK }, 'Paused'],
    [{ ...NO_CONTROL, cancel: MARK }, 'Canceled'],
    [{ ...NO_CONTROL, pause: MARK, cancel: MARK }, 'Canceled'],
  ])('says of %j: %s', (control, halt) => {
    expect(haltOf(control)).toBe(halt);
  });
});

describe('noticeOf', () => {
  const stop = { reason: 'Failure' as const, at: MARK.at };

  it.each([
    [NO_CONTROL, null],
    [{ ...NO_CONTROL, stop }, 'Stopped'],
    [{ ...NO_CONTROL, stop, pause: MARK }, 'Paused'],
    [{ ...NO_CONTROL, stop, cancel: MARK }, 'Canceled'],
  ])('says of %j: %s', (control, notice) => {
    expect(noticeOf(control)).toBe(notice);
  });
});

describe('the outcome of an artifact of a batch that did not begin because the transfer had stopped', () => {
  const evidence = { planned: 'sha256:a', source: undefined, failure: STOPPED };

  it('is Skipped, without a failure, unless it is in the target', () => {
    const skipped = { outcome: 'Skipped', failure: null, isOwn: true };
    expect(decideOutcome('a:1', { ...evidence, target: undefined })).toEqual(skipped);
    expect(decideOutcome('a:1', { ...evidence, target: 'sha256:a' }).outcome).toBe('Transferred');
  });
});

describe('controlSchema', () => {
  it('reads a control that was written before there was anything to ask', () => {
    expect(controlSchema.parse({ stop: null })).toEqual(NO_CONTROL);
  });
});

describe('the outcome of an artifact of a canceled batch', () => {
  const evidence = { planned: 'sha256:a', source: 'sha256:a', failure: CANCELED };

  it('is Transferred when it arrived all the same', () => {
    expect(decideOutcome('a:1', { ...evidence, target: 'sha256:a' }).outcome).toBe('Transferred');
  });

  it.each([undefined, 'sha256:b'])('is Canceled, without a failure, when the target has %s', (target) => {
    expect(decideOutcome('a:1', { ...evidence, target })).toEqual({ outcome: 'Canceled', failure: null, isOwn: true });
  });
});

describe('isCanceled', () => {
  it('tells a canceled step from one that failed', () => {
    expect(isCanceled(CANCELED)).toBe(true);
    expect(isCanceled({ code: 'RUN_FAILED' })).toBe(false);
  });
});
