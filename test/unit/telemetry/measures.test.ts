import {
  countCopied,
  countRetry,
  countTransfer,
  measureRun,
  noteOpenTransfers,
  noteTokenExpiry,
} from '../../../src/telemetry/measures.ts';
import { reportOf } from '../../support/history-world.ts';
import { Telemetry } from '../../support/telemetry.ts';

const RUN = { route: 'r', direction: 'export', status: 'Succeeded' } as const;

describe('measures', () => {
  let told: Telemetry;
  beforeEach(() => {
    told = new Telemetry().start();
  });
  afterEach(() => told.stop());

  it('count a transfer by state, and its artifacts by outcome', () => {
    const counts = { ...reportOf('abc', 1).counts, total: 5, Transferred: 3, Failed: 2 };
    countTransfer({ route: 'r', state: 'CompletedWithErrors', counts });
    const route = { 'acr_transfer.route': 'r' };
    expect(told.measured).toEqual([
      {
        name: 'acr_transfer.transfers',
        value: 1,
        attributes: { ...route, 'acr_transfer.state': 'CompletedWithErrors' },
      },
      { name: 'acr_transfer.artifacts', value: 3, attributes: { ...route, 'acr_transfer.outcome': 'Transferred' } },
      { name: 'acr_transfer.artifacts', value: 2, attributes: { ...route, 'acr_transfer.outcome': 'Failed' } },
    ]);
  });

  it('give the length of a run in seconds, and nothing for one whose times cannot be read', () => {
    measureRun({ ...RUN, startedAt: '2026-01-01T00:00:00Z', finishedAt: '2026-01-01T00:01:30.5Z' });
    measureRun({ ...RUN, startedAt: 'soon', finishedAt: '2026-01-01T00:01:30Z' });
    const attributes = {
      'acr_transfer.route': 'r',
      'acr_transfer.run.direction': 'export',
      'acr_transfer.run.status': 'Succeeded',
    };
    expect(told.measured).toEqual([{ name: 'acr_transfer.run.duration', value: 90.5, attributes }]);
  });

  it('add up bytes and retries', () => {
    countCopied('r', 'server', 1000);
    countRetry('Import', 'transient');
    expect(told.measured.map(({ name, value }) => [name, value])).toEqual([
      ['acr_transfer.copied', 1000],
      ['acr_transfer.retries', 1],
    ]);
  });

  it('tell of each token how many seconds are left when somebody asks, of a side once', () => {
    noteTokenExpiry('r', 'source', '2026-01-01T00:00:00Z');
    noteTokenExpiry('r', 'source', new Date(Date.now() + 3_600_000).toISOString());
    noteTokenExpiry('r', 'target', new Date(Date.now() - 3_600_000).toISOString());
    const seen = told.observe().filter(({ name }) => name === 'acr_transfer.sas_token.expiry');
    expect(seen.map(({ attributes }) => attributes['acr_transfer.side'])).toEqual(['source', 'target']);
    // An hour, give or take what the machine was doing.
    expect(Math.round((seen[0]?.value ?? 0) / 600)).toBe(6);
    expect(seen[1]?.value).toBeLessThan(0);
    noteTokenExpiry('r', 'target', 'by its stored access policy');
    expect(told.observe().filter(({ attributes }) => attributes['acr_transfer.side'] === 'target')).toEqual([]);
  });

  it('tell how many transfers are open, once that is known', () => {
    noteOpenTransfers(3);
    expect(told.observe()).toContainEqual({ name: 'acr_transfer.transfers.open', value: 3, attributes: {} });
  });

  it('reach an SDK that was registered after the first of them', () => {
    told.stop();
    countRetry('Export', 'access');
    told.start();
    countRetry('Export', 'access');
    expect(told.measured).toHaveLength(1);
  });
});
