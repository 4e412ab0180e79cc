import type { InspectedArtifact } from '../../domain/plan/dry-run.ts';
import type { Route } from '../../domain/route/route.ts';
import type { TransferOptions } from '../../domain/transfer/request.ts';
import { mapBounded } from '../../oci/parallel.ts';
import type { Services } from '../services.ts';
import { type Lookup, lookUpArtifact, openLookup } from './look-up-artifact.ts';

const PARALLEL_LOOKUPS = 16;

/** Looks artifacts up as a transfer would, and reads what those hold that would move. Writes nothing. */
export async function inspectArtifacts(
  services: Services,
  route: Route,
  { artifacts, options }: { artifacts: readonly string[]; options: TransferOptions },
): Promise<InspectedArtifact[]> {
  const lookup = await openLookup(services, route, options);
  return mapBounded(artifacts, PARALLEL_LOOKUPS, (name) => inspect(lookup, name));
}

async function inspect(lookup: Lookup, name: string): Promise<InspectedArtifact> {
  const { planned, layers, unread } = await lookUpArtifact(lookup, name);
  return unread ? { planned: { ...planned, outcome: 'Failed', failure: unread }, layers } : { planned, layers };
}
