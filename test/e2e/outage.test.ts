import { APP_IDENTITY } from '../../local/names.ts';
import { formatRunName } from '../../src/domain/names.ts';
import { buildImage, pushImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let cloud: TestStack;
const READ_RUN = 'Microsoft.ContainerRegistry/registries/pipelineRuns/read';
const PUT_RUN = 'Microsoft.ContainerRegistry/registries/pipelineRuns/write';
/** An activity that fails is called for 26 s before an orchestrator has to decide what that means. */
const OUTAGE_MS = 30_000;
const LOST_ROLE_MS = 10_000;
const image = buildImage({ seed: 91, layerSizes: [1000] });

beforeAll(async () => {
  cloud = await startTestStack({ minimumRunMs: OUTAGE_MS + 4000, route: { maxRunsPerRegistry: 1 } });
});
afterAll(() => cloud?.stop());

/** Breaks the app's reads of runs on one side. A 409 of this code is transient, and the SDK does not try it again itself. */
function breakReads(side: 'source' | 'target', status: 403 | 409, forMs: number) {
  const code = status === 409 ? 'AnotherOperationInProgress' : 'AuthorizationFailed';
  return cloud.faults.add({
    services: ['arm'],
    operation: READ_RUN,
    host: `management.${side}.test*`,
    identity: APP_IDENTITY.objectId,
    forMs,
    fault: { kind: 'status', status, code },
  });
}

describe('runs that cannot be read for a while', () => {
  it('are followed to their end all the same: one for each direction', async () => {
    await pushImage(cloud.stack.registry('source'), 'o/app', 'v1', image);
    const body = { route: cloud.route.name, artifacts: ['o/app:v1'], id: 'outage' };
    expect((await cloud.call('/transfers', { body })).status).toBe(202);
    await cloud.until('outage', ({ batches }) => batches[0]?.export?.run != null);
    const outage = await breakReads('source', 409, OUTAGE_MS);
    await cloud.until('outage', ({ batches }) => batches[0]?.import?.run != null);
    const lostRole = await breakReads('target', 403, LOST_ROLE_MS);
    const unread = await cloud.until('outage', ({ batches }) => batches[0]?.import?.error != null);
    expect(unread).toMatchObject({ state: 'Running', batches: [{ import: { error: { class: 'access' } } }] });
    expect(await cloud.follow('outage')).toMatchObject({
      state: 'Succeeded',
      counts: { Transferred: 1 },
      batches: [{ import: { error: null } }],
    });
    const broken = new Map((await cloud.faults.list()).map(({ id, broken }) => [id, broken]));
    expect(broken.get(outage.id)).toBeGreaterThanOrEqual(4);
    expect(broken.get(lostRole.id)).toBeGreaterThanOrEqual(1);
    const puts = await cloud.calls({ service: 'arm', operation: PUT_RUN, identity: APP_IDENTITY.objectId });
    const names = puts.map(({ path }) => path.split('/').at(-1));
    const runOf = (direction: 'export' | 'import') =>
      formatRunName(direction, { id: 'outage', path: 'b0001', attempt: 1 });
    expect(names).toEqual([runOf('export'), runOf('import')]);
  }, 240_000);
});
