import { failureOfRun, judgeRun, leftBehindBy, viewOfRun } from '../../../../src/domain/batch/run-state.ts';
import type { Failure } from '../../../../src/domain/errors.ts';

describe('judgeRun', () => {
  it.each<[string | undefined, string | undefined, boolean, boolean]>([
    ['Succeeded', 'Succeeded', true, true],
    ['succeeded', undefined, true, true],
    ['Failed', 'Succeeded', true, false],
    ['Canceled', 'Succeeded', true, false],
    ['Running', 'Succeeded', false, false],
    ['Running', 'Failed', false, false],
    ['Pending', 'Creating', false, false],
    ['Rehydrating', 'Succeeded', false, false],
    ['', 'Failed', false, false],
    [undefined, 'Succeeded', false, false],
    [undefined, 'Creating', false, false],
    [undefined, 'Failed', true, false],
    [undefined, 'canceled', true, false],
    [undefined, undefined, false, false],
  ])('judges status %j with provisioningState %j', (status, provisioningState, isFinal, succeeded) => {
    expect(judgeRun({ name: 'e1', status, provisioningState })).toEqual({ isFinal, succeeded });
  });
});

describe('failureOfRun', () => {
  it('is none while the run goes on, whatever is said', () => {
    expect(failureOfRun({ name: 'e1', status: 'Running', errorMessage: 'later' })).toBeNull();
    expect(failureOfRun({ name: 'e1', status: 'Rehydrating' })).toBeNull();
  });

  it('is none for a run that succeeded without a word', () => {
    expect(failureOfRun({ name: 'e1', status: 'Succeeded', errorMessage: '' })).toBeNull();
  });

  it("is the run's own words, with its correlation id", () => {
    expect(failureOfRun({ name: 'e1', status: 'Failed', errorMessage: 'Blob is gone.', correlationId: 'c-1' })).toEqual(
      { class: 'service', code: 'RUN_FAILED', message: 'Run e1: Blob is gone.', correlationId: 'c-1' },
    );
  });

  it('tells what a run that succeeded has left behind', () => {
    expect(failureOfRun({ name: 'e1', status: 'Succeeded', errorMessage: '1 of 2 failed' })).toMatchObject({
      code: 'RUN_PARTIAL',
      message: expect.stringContaining('1 of 2 failed'),
    });
  });

  it('names the state of a run that failed without a message', () => {
    expect(failureOfRun({ name: 'e1', provisioningState: 'Failed' })?.message).toMatch(/e1.*Failed.*without a message/);
    expect(failureOfRun({ name: 'e1', status: 'Canceled' })?.message).toContain('Canceled');
    expect(failureOfRun({ name: 'e1', status: 'Failed', errorMessage: '' })?.message).toContain('without a message');
  });
});

describe('viewOfRun', () => {
  it('carries an unknown status in the spelling of the service', () => {
    expect(viewOfRun({ name: 'e1', status: 'Rehydrating' }, null).status).toBe('Rehydrating');
    expect(viewOfRun({ name: 'e1', provisioningState: 'Creating' }, null).status).toBe('Creating');
    expect(viewOfRun({ name: 'e1' }, null).status).toBeNull();
  });

  it.each([
    ['20', 20],
    ['12.5', 12.5],
    ['soon', null],
    [undefined, null],
  ])('reads the percentage %j as %j', (percentage, read) => {
    expect(viewOfRun({ name: 'e1', percentage }, null).percentage).toBe(read);
  });

  it('shows times, digest and failure', () => {
    const failure = { class: 'service', code: 'X', message: 'm' } as const;
    const facts = { name: 'e1', status: 'Failed', startTime: 's', finishTime: 'f', catalogDigest: 'sha256:c' };
    expect(viewOfRun(facts, failure)).toEqual({
      run: 'e1',
      status: 'Failed',
      percentage: null,
      startedAt: 's',
      finishedAt: 'f',
      catalogDigest: 'sha256:c',
      error: failure,
    });
  });
});

describe('leftBehindBy', () => {
  const view = (name: string, error: Failure | null) => viewOfRun({ name, status: 'Succeeded' }, error);
  const said = (message: string): Failure => ({ class: 'service', code: 'RUN_PARTIAL', message });

  it('is what the run says that left something behind', () => {
    const exported = view('e1', said('no a'));
    expect(leftBehindBy({ export: exported, import: view('i1', null) })).toEqual({
      step: 'Export',
      run: 'e1',
      failure: said('no a'),
    });
    expect(leftBehindBy({ export: view('e1', null), import: view('i1', said('no b')) })).toMatchObject({
      step: 'Import',
      run: 'i1',
    });
  });

  it('is what both say where both do, and nothing where neither does', () => {
    const both = leftBehindBy({ export: view('e1', said('no a')), import: view('i1', said('no b')) });
    expect(both).toMatchObject({ step: 'Verify', run: null, failure: { message: 'no a no b' } });
    expect(leftBehindBy({ export: view('e1', null), import: null })).toBeNull();
  });
});
