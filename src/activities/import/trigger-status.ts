import type { Route } from '../../domain/route/route.ts';
import type { Services, SideServices } from '../services.ts';
import { readSidePipeline } from '../side-pipeline.ts';

/** How long a status that was read may be used again, in milliseconds; right before a claim it is always read. */
const KEPT_MS = 30_000;

const kept = new WeakMap<SideServices, { at: number; status: string | undefined }>();

/** The live status of the source trigger of a route's import pipeline; read again where `isFresh`, or after 30 s. */
export async function readTriggerStatus(
  services: Services,
  route: Route,
  { isFresh }: { isFresh: boolean },
): Promise<string | undefined> {
  const side = services.side(route, 'target');
  const known = kept.get(side);
  if (!isFresh && known && Date.now() - known.at < KEPT_MS) return known.status;
  const { triggerStatus: status } = await readSidePipeline(services, route, 'target');
  kept.set(side, { at: Date.now(), status });
  return status;
}
