import { parseArtifact } from '../domain/artifact.ts';
import type { InspectedArtifact } from '../domain/dry-run.ts';
import { TransferError, toFailure } from '../domain/errors.ts';
import type { TransferOptions } from '../domain/request.ts';
import type { Route } from '../domain/route.ts';
import { mapBounded } from '../oci/parallel.ts';
import { type Lookup, lookUpArtifact, openLookup } from './look-up-artifact.ts';
import { readLayers } from './read-layers.ts';
import type { Services } from './services.ts';

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
  const planned = await lookUpArtifact(lookup, name);
  const parsed = parseArtifact(name);
  if (planned.outcome !== null || planned.digest === null || 'fault' in parsed) return { planned, layers: [] };
  try {
    return { planned, layers: await readLayers(lookup.source, parsed.artifact.repository, planned.digest) };
  } catch (error) {
    if (!(error instanceof TransferError) || error.class !== 'artifact') throw error;
    return { planned: { ...planned, outcome: 'Failed', failure: toFailure(error) }, layers: [] };
  }
}
