import { cancelDuring } from '../../campaign/cancel.ts';
import { killDuring, measureCalls } from '../../campaign/kills.ts';
import { openWorld, type Victim, type World } from '../../campaign/world.ts';
import { localRoute } from '../../local/app/environment.ts';

/** The short form of the campaign's series (docs/reliability.md): the same scenarios, a few of their moments. */
let world: World;
let ofCalls = 0;
const PATIENCE_MS = 600_000;

beforeAll(async () => {
  const retry = { attempts: 3, firstDelaySeconds: 1, factor: 2, maxDelaySeconds: 10 };
  world = await openWorld({ settings: { ROUTES_JSON: JSON.stringify([localRoute({ retry })]) } });
  ofCalls = await measureCalls(world, 'undisturbed');
}, PATIENCE_MS);
afterAll(() => world?.stop(), PATIENCE_MS);

describe('a transfer', () => {
  it.each<[Victim, number]>([
    ['host', 0.02],
    ['host', 0.35],
    ['host', 0.65],
    ['cloud', 0.4],
    ['azurite', 0.6],
  ])(
    'in which the process of the %s is killed at %d of its calls ends with everything in place and a true report',
    async (victim, fraction) => {
      const { faults } = await killDuring(world, `${victim}-${fraction * 100}`, { victim, fraction, ofCalls });
      expect(faults).toEqual([]);
    },
    PATIENCE_MS,
  );

  it.each([60, 320])(
    'that is canceled after %d calls leaves nothing that is not accounted for, and nothing at all once deleted',
    async (call) => {
      const { faults, counts } = await cancelDuring(world, `cancel-${call}`, call);
      expect(faults).toEqual([]);
      expect(counts.Canceled + counts.Transferred).toBe(counts.total);
    },
    PATIENCE_MS,
  );
});
