import { formatRunName } from '../../src/domain/names.ts';
import { nameOf, type Poison, playBatch, type WorldOptions } from './split-world.ts';

const PLAIN: Omit<WorldOptions, 'artifacts' | 'poison'> = { goesOn: new Set(), importsInOrder: false, busy: [] };
const NOBODY: ReadonlyMap<number, Poison> = new Map();

describe('a batch whose artifacts cannot be looked for any more', () => {
  it("fails each of them with the service's own code, and lets other batches start", async () => {
    const { report, error, output, stopped } = await playBatch({ ...PLAIN, artifacts: 3, poison: NOBODY, shutFrom: 1 });
    expect({ error, output, stopped }).toEqual({ error: undefined, output: { stopped: false }, stopped: false });
    expect(report.artifacts).toMatchObject(
      [0, 1, 2].map((index) => ({
        artifact: nameOf(index),
        outcome: 'Failed',
        attempts: [{ step: 'Verify', class: 'access', code: 'DENIED', correlationId: 'c-1' }],
      })),
    );
    expect(report.state).toBe('Failed');
  });

  it('stops the transfer where it does not continue on errors', async () => {
    const settings = { continueOnErrors: false };
    const { output, stopped } = await playBatch({ ...PLAIN, artifacts: 3, poison: NOBODY, shutFrom: 1, settings });
    expect({ output, stopped }).toEqual({ output: { stopped: true }, stopped: true });
  });

  it('keeps what had arrived and what its runs failed with, in whatever part each artifact was', async () => {
    const poison = new Map<number, Poison>([[7, { step: 'Export', kind: 'alike' }]]);
    for (const twice of [false, true]) {
      // The whole, the whole again, the left half (which arrives), and the right one, after which nobody may look.
      const story = await playBatch({ ...PLAIN, artifacts: 8, poison, shutFrom: 4, twice });
      const artifacts = story.report.artifacts ?? [];
      expect(artifacts.map(({ outcome }) => outcome)).toEqual([
        ...Array(4).fill('Transferred'),
        ...Array(4).fill('Failed'),
      ]);
      const run = formatRunName('export', { id: 'abc', path: 'b0001r', attempt: 1 });
      expect(artifacts[4]?.attempts.slice(-2)).toMatchObject([
        { code: 'RUN_FAILED', run },
        { code: 'DENIED', run: null },
      ]);
    }
  });

  it('leaves none of a half that had not begun without that reason', async () => {
    const poison = new Map<number, Poison>([[0, { step: 'Export', kind: 'alike' }]]);
    const { report } = await playBatch({ ...PLAIN, artifacts: 4, poison, shutFrom: 3 });
    expect(report.artifacts?.map(({ batch, attempts }) => [batch, attempts.at(-1)?.code])).toEqual([
      ['b0001l', 'DENIED'],
      ['b0001l', 'DENIED'],
      ['b0001r', 'DENIED'],
      ['b0001r', 'DENIED'],
    ]);
  });
});
