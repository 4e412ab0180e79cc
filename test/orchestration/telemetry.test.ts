import { Telemetry } from '../support/telemetry.ts';
import { type Poison, playBatch } from './split-world.ts';

const WORLD = { goesOn: new Set<never>(), importsInOrder: false };

describe('what is told of a batch', () => {
  let told: Telemetry;
  beforeEach(() => {
    told = new Telemetry().start();
  });
  afterEach(() => told.stop());

  const sumOf = (name: string) =>
    told.measured.filter((one) => one.name === name).reduce((sum, { value }) => sum + value, 0);

  it.each([false, true])(
    'is a span for each part of it, once, and the transfer (every activity twice: %s)',
    async (twice) => {
      const poison = new Map<number, Poison>([[1, { step: 'Export', kind: 'alike' }]]);
      await playBatch({ ...WORLD, artifacts: 4, poison, busy: [], twice });
      const names = told.spans.map(({ name }) => name).filter((name) => name.startsWith('batch'));
      expect([...names].sort()).toEqual([
        'batch b0001',
        'batch b0001l',
        'batch b0001ll',
        'batch b0001lr',
        'batch b0001r',
      ]);
      expect(told.spans.filter(({ name }) => name === 'transfer a')).toHaveLength(1);
      expect(new Set(told.spans.map(({ traceId }) => traceId)).size).toBe(1);
      expect(sumOf('acr_transfer.transfers')).toBe(1);
      expect(sumOf('acr_transfer.artifacts')).toBe(4);
    },
  );

  it('counts a retry and shows it in the span', async () => {
    await playBatch({ ...WORLD, artifacts: 1, poison: new Map(), busy: [true, false, false] });
    expect(told.measured.find(({ name }) => name === 'acr_transfer.retries')).toMatchObject({
      attributes: { 'acr_transfer.step': 'Export', 'acr_transfer.failure.class': 'transient' },
    });
    expect(told.spans.find(({ name }) => name === 'batch b0001')?.events).toMatchObject([{ name: 'retry' }]);
  });

  it('is there for a batch that was given up', async () => {
    await playBatch({ ...WORLD, artifacts: 2, poison: new Map(), busy: [], shutFrom: 1 });
    expect(told.spans.find(({ name }) => name === 'batch b0001')?.attributes).toMatchObject({
      'acr_transfer.artifacts.Failed': 2,
    });
  });
});
