import { formatRunName } from '../../src/domain/names.ts';
import { autoImportOrchestrator } from '../../src/orchestrators/auto-import.ts';
import { answers, ok, refused } from './answers.ts';
import { namesOf, run } from './stepper.ts';

const BLOB = { route: 'a', account: 'acct', container: 'transfer', name: 'nightly.tar' };
const INPUT = { importId: '0f', blob: BLOB };
const RUN = formatRunName('import', { id: '0f', path: 'blob', attempt: 1 });
const CLAIMED = ok({ claimed: true, runTimeoutMs: 60_000 });

describe('autoImportOrchestrator', () => {
  it('claims the blob, runs the import and reports', () => {
    const table = { claimBlob: CLAIMED, pipelineRun: ok({ catalogDigest: null }), writeImportReport: ok(null) };
    const stepper = run(autoImportOrchestrator, INPUT, answers(table));
    expect(namesOf(stepper)).toEqual(['claimBlob', 'pipelineRun', 'writeImportReport']);
    expect(stepper.calls[1]).toMatchObject({
      instanceId: `run:${RUN}`,
      input: {
        owner: { kind: 'import', importId: '0f', route: 'a' },
        direction: 'import',
        key: { id: '0f', path: 'blob', attempt: 1 },
        archive: 'nightly.tar',
        catalogDigest: null,
        timeoutMs: 60_000,
      },
    });
    expect(stepper.calls[2]?.input).toEqual({ ...INPUT, result: { state: 'Succeeded', run: RUN } });
    expect(stepper.output).toEqual({ state: 'Succeeded', run: RUN });
  });

  it('starts no run for a blob that is not the app’s to import, and reports why', () => {
    const table = { claimBlob: ok({ claimed: false, reason: 'Disabled.' }), writeImportReport: ok(null) };
    const stepper = run(autoImportOrchestrator, INPUT, answers(table));
    expect(namesOf(stepper)).toEqual(['claimBlob', 'writeImportReport']);
    expect(stepper.output).toEqual({ state: 'Ignored', reason: 'Disabled.' });
  });

  it('reports a claim that failed, without a run', () => {
    const stepper = run(autoImportOrchestrator, INPUT, answers({ claimBlob: refused(), writeImportReport: ok(null) }));
    expect(stepper.output).toMatchObject({ state: 'Failed', run: null, failure: { code: 'BROKEN' } });
  });

  it('reports a run that failed, with its name', () => {
    const table = { claimBlob: CLAIMED, pipelineRun: refused(), writeImportReport: ok(null) };
    const stepper = run(autoImportOrchestrator, INPUT, answers(table));
    expect(stepper.calls[2]?.input).toMatchObject({
      result: { state: 'Failed', run: RUN, failure: { code: 'BROKEN' } },
    });
  });

  it('has the webhook told of an end that its route wants to hear of, and does not wait for it', () => {
    const table = { claimBlob: CLAIMED, pipelineRun: refused(), writeImportReport: ok({ notify: true }) };
    const stepper = run(autoImportOrchestrator, INPUT, answers({ ...table, startNotification: ok(null) }));
    expect(namesOf(stepper).at(-1)).toBe('startNotification');
    expect(stepper.calls.at(-1)?.input).toEqual({ kind: 'import', id: '0f' });
    expect(stepper.output).toMatchObject({ state: 'Failed' });
  });

  it('fails loudly when no report can be written', () => {
    const table = { claimBlob: CLAIMED, pipelineRun: refused(), writeImportReport: refused() };
    expect(run(autoImportOrchestrator, INPUT, answers(table)).error?.message).toContain('report of import 0f');
  });
});
