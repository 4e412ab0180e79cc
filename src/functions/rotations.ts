import type { DurableClient } from 'durable-functions';
import type { Services } from '../activities/services.ts';
import { readSidePipeline } from '../activities/side-pipeline.ts';
import type { Side } from '../domain/errors.ts';
import { instanceIds } from '../domain/names.ts';
import type { Route } from '../domain/route/route.ts';
import { ensureRunning } from './start-instance.ts';

/** What came of asking for a rotation: one that is going on is not started again. `id` is the instance's. */
export interface RotationStart {
  side: Side;
  id: string | null;
  state: 'Started' | 'Running' | 'NotNeeded';
}

/**
 * Starts the rotation of one side's SAS token. The instance's id derives from the secret, so that two routes that share
 * a secret, or two callers at once, rotate it once.
 */
export async function startRotation(
  services: Services,
  client: DurableClient,
  { route, side, force }: { route: Route; side: Side; force: boolean },
): Promise<RotationStart> {
  const { secretUri } = await readSidePipeline(services, route, side);
  if (secretUri === undefined) return { side, id: null, state: 'NotNeeded' };
  const id = instanceIds.rotate(secretUri);
  const started = await ensureRunning(client, 'rotateSas', id, { route: route.name, side, force });
  return { side, id, state: started ? 'Started' : 'Running' };
}
