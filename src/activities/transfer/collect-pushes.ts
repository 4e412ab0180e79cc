import { parseArtifact, referenceOf } from '../../domain/artifact.ts';
import { formatOwnTransferId, timeOfTransferId } from '../../domain/names.ts';
import { artifactOfEntry } from '../../domain/route/push.ts';
import { mapBounded } from '../../oci/parallel.ts';
import type { Activity } from '../activity.ts';
import type { Services } from '../services.ts';
import { recordOwnTransfer } from './record-own-transfer.ts';

const PARALLEL_LOOKUPS = 16;

/**
 * Makes the pushes of a window the request of a transfer. Twice: the transfer that has them already. Pushes that came
 * when the window's transfer had been recorded become another one, whose id derives from the window's too. A tag that has
 * been deleted since it was pushed is dropped: nobody wants to hear that it cannot be found.
 */
export const collectPushes: Activity<'collectPushes'> = async (services, { route, window }) => {
  const entries = await services.pushes.list(route, window);
  if (entries.length === 0) return { transfer: null };
  for (let count = 0; ; count++) {
    const id = count === 0 ? window : formatOwnTransferId(timeOfTransferId(window), `push/${route}/${window}/${count}`);
    const request = await services.transfers.readRequest(id);
    if (request && !entries.some((entry) => request.artifacts.includes(entry))) continue;
    if (request) return { transfer: id };
    const artifacts = await dropDeleted(services, { route, window }, entries);
    if (artifacts.length === 0) return { transfer: null };
    const options = services.route(route).onPush?.options ?? {};
    const own = { id, route, artifacts, options, requestedBy: 'push', correlationId: `push-${window}` };
    await recordOwnTransfer(services, own);
    return { transfer: id };
  }
};

/** The entries whose tag is in the source registry, or cannot be looked for: then the transfer says why. */
async function dropDeleted(
  services: Services,
  { route, window }: { route: string; window: string },
  entries: readonly string[],
): Promise<string[]> {
  const registry = await services
    .side(services.route(route), 'source')
    .registry()
    .catch(() => undefined);
  const there = await mapBounded(entries, PARALLEL_LOOKUPS, async (entry) => {
    const parsed = parseArtifact(artifactOfEntry(entry));
    if (!registry || 'fault' in parsed) return true;
    const { artifact } = parsed;
    const isThere = () => registry.resolve(artifact.repository, referenceOf(artifact)).then((found) => !!found);
    if (await isThere().catch(() => true)) return true;
    await services.pushes.remove(route, window, entry);
    return false;
  });
  return entries.filter((_, index) => there[index]);
}
