import { runStorm } from '../../campaign/storm.ts';
import { openWorld, type World } from '../../campaign/world.ts';
import { localRoute } from '../../local/app/environment.ts';

/** The short form of the campaign's storm (docs/reliability.md): a tenth of it. */
let world: World;
const PATIENCE_MS = 900_000;

beforeAll(async () => {
  const retry = { attempts: 4, firstDelaySeconds: 1, factor: 2, maxDelaySeconds: 10 };
  const settings = { ROUTES_JSON: JSON.stringify([localRoute({ retry })]) };
  world = await openWorld({ settings, faultSeed: 20_261, storageAccess: 'SasToken' });
}, PATIENCE_MS);
afterAll(() => world?.stop(), PATIENCE_MS);

describe('a transfer of which a tenth of all calls fail, and whose host is killed,', () => {
  it(
    'moves every good artifact once, and names the poisoned ones with their reasons',
    async () => {
      const { faults, document, calls, broken } = await runStorm(world, { id: 'short', artifacts: 100, kills: 1 });
      expect(faults).toEqual([]);
      expect(document).toMatchObject({
        state: 'CompletedWithErrors',
        counts: { total: 100, Transferred: 97, Failed: 3 },
      });
      expect(broken / calls).toBeGreaterThan(0.05);
    },
    PATIENCE_MS,
  );
});
