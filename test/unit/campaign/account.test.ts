import { countPuts, faultsOfMissingRuns, faultsOfPuts, faultsOfRuns } from '../../../campaign/account.ts';
import type { CallRecord } from '../../../local/calls/call.ts';
import { formatRunName } from '../../../src/domain/names.ts';
import type { TransferDocument } from '../../../src/domain/transfer/transfer-document.ts';

const ID = 'kill-1';
const ARTIFACTS = [
  { repository: 'kills/kill-1/app0', tag: 'v1' },
  { repository: 'kills/kill-1/app1', tag: 'v1' },
];
const nameOf = (direction: 'export' | 'import', attempt = 1, path = 'b0001') =>
  formatRunName(direction, { id: ID, path, attempt });

/** A report of one batch, whose import took two attempts. */
const DOCUMENT = {
  id: ID,
  batches: [{ path: 'b0001', export: { run: nameOf('export') }, import: { run: nameOf('import', 2) } }],
  artifacts: [{ attempts: [{ run: nameOf('import') }] }],
} as unknown as TransferDocument;

const put = (repository: string, status: number | null = 201, service = 'registryTarget') =>
  ({ service, path: `/v2/${repository}/manifests/v1`, status, operation: 'PutManifest' }) as CallRecord;
const run = (name: string) => ({ service: 'arm', path: `/x/pipelineRuns/${name}`, operation: 'PutRun' }) as CallRecord;
const recorded = (puts: CallRecord[], runs: CallRecord[] = []) => ({
  kept: (operation: 'PutManifest' | 'PutRun') => (operation === 'PutManifest' ? puts : runs),
});
const BOTH = ARTIFACTS.map(({ repository }) => put(repository));
const RUNS = [nameOf('export'), nameOf('import'), nameOf('import', 2)].map(run);

describe('the account of manifests', () => {
  it('is in order where each was put once, whatever else was put', () => {
    const others = [put('kills/kill-10/app0'), put('kills/kill-1/app0', 201, 'registrySource')];
    expect(faultsOfPuts(recorded([...BOTH, ...others]), ARTIFACTS)).toEqual([]);
  });

  it('is not in order where nothing was recorded', () => {
    expect(faultsOfPuts(recorded([]), ARTIFACTS)).toEqual([
      'no call put kills/kill-1/app0:v1 into the target',
      'no call put kills/kill-1/app1:v1 into the target',
    ]);
  });

  it('names what was put twice, and takes a call without an answer as seen', () => {
    const calls = recorded([...BOTH, put('kills/kill-1/app1')]);
    expect(faultsOfPuts(calls, ARTIFACTS)).toEqual(['kills/kill-1/app1:v1 was put 2 times']);
    expect(faultsOfPuts(recorded([put('kills/kill-1/app0', null), ...BOTH]), ARTIFACTS)).toEqual([]);
    expect([...countPuts(calls, 'kills/kill-1/').values()]).toEqual([1, 2]);
  });
});

describe('the account of runs', () => {
  it('is in order where each run is an attempt of the report', () => {
    expect(faultsOfRuns(recorded([], RUNS), DOCUMENT)).toEqual([]);
    expect(faultsOfMissingRuns(recorded([], RUNS), DOCUMENT)).toEqual([]);
  });

  it.each([
    ['of a third attempt', nameOf('import', 3)],
    ['of a batch that the report does not have', nameOf('import', 1, 'b0002')],
    ['of another transfer', formatRunName('export', { id: 'other', path: 'b0001', attempt: 1 })],
  ])('names a run %s, unless it was put before', (_what, name) => {
    expect(faultsOfRuns(recorded([], [...RUNS, run(name)]), DOCUMENT)).toEqual([`run ${name} is in no attempt`]);
    expect(faultsOfRuns(recorded([], [run(name), ...RUNS]), DOCUMENT, 1)).toEqual([]);
  });

  it('is not in order where no run of a direction, or no batch, is there', () => {
    expect(faultsOfMissingRuns(recorded([], RUNS.slice(1)), DOCUMENT)).toEqual([
      'no call asked for an export run of batch b0001',
    ]);
    expect(faultsOfMissingRuns(recorded([], RUNS), DOCUMENT, 3)).toHaveLength(2);
    expect(faultsOfMissingRuns(recorded([], RUNS), { ...DOCUMENT, batches: [] })).toEqual(['the report has no batch']);
  });
});
