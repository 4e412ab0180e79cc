import { referenceOf } from '../../domain/artifact.ts';
import { type Failure, TransferError, toFailure } from '../../domain/errors.ts';
import { distinctBytes, type InspectedArtifact } from '../../domain/plan/dry-run.ts';
import type { PlannedArtifact } from '../../domain/plan/plan.ts';
import { isServed, type Route } from '../../domain/route/route.ts';
import { nearNames } from '../../domain/selection/near-names.ts';
import { type Pinned, parsePinned } from '../../domain/selection/pinned.ts';
import type { Confirmed } from '../../domain/transfer/confirmed.ts';
import type { TransferOptions } from '../../domain/transfer/request.ts';
import type { RegistryClient } from '../../oci/registry-client.ts';
import type { Services } from '../services.ts';
import { openRegistries } from '../transfer-route.ts';
import { readLayers } from './read-layers.ts';
import { tagsOf } from './select-in-registry.ts';

/** Where artifacts are looked up, and what the transfer may do with what it finds in the target. */
export interface Lookup {
  source: RegistryClient;
  /** Left out where another app serves that side: nothing is known to be there. */
  target: RegistryClient | undefined;
  overwrite: boolean;
  /** What is there already moves, too. */
  force: boolean;
  /** What another app's side has, as far as it has said. */
  confirmed: Confirmed;
  /** Tags of the source's repositories in which something was missed, each listed once. */
  tags: Map<string, Promise<string[]>>;
}

/** An artifact as it was looked up; `unread` says why what it holds is not known, when that is its own fault. */
export interface LookedUp extends InspectedArtifact {
  unread: Failure | null;
}

/** The registries of a route that the app serves. */
export async function openLookup(
  services: Services,
  route: Route,
  { overwrite = false, force = false }: TransferOptions,
): Promise<Lookup> {
  const seesTarget = isServed(route, 'target');
  const [registries, confirmed] = await Promise.all([
    openRegistries(services, route, seesTarget),
    seesTarget ? {} : services.confirmed.read(route.name),
  ]);
  return { ...registries, overwrite, force, confirmed, tags: new Map() };
}

/**
 * What an artifact of a list is in both registries, and so whether it has to move. One whose digest the list says is
 * that one or none. @throws when a registry does not answer
 */
export async function lookUpArtifact(lookup: Lookup, entry: string): Promise<LookedUp> {
  const parsed = parsePinned(entry);
  const open = {
    artifact: 'fault' in parsed ? entry : parsed.name,
    digest: 'fault' in parsed ? null : parsed.digest,
    mediaType: null,
    bytes: null,
    batch: null,
    outcome: null,
    failure: null,
  };
  if ('fault' in parsed) return failed(open, { class: 'artifact', code: 'REFERENCE_INVALID', message: parsed.fault });
  try {
    return await lookUp(lookup, open, parsed);
  } catch (error) {
    // A registry that does not answer concerns the page, not this artifact: the activity is tried again.
    if (error instanceof TransferError && error.class !== 'artifact') throw error;
    return failed(open, toFailure(error));
  }
}

async function lookUp(lookup: Lookup, open: PlannedArtifact, { artifact, digest }: Pinned): Promise<LookedUp> {
  const { source, target, overwrite, force, confirmed } = lookup;
  const [found, present] = await Promise.all([
    source.resolve(artifact.repository, referenceOf(artifact)),
    target?.resolve(artifact.repository, referenceOf(artifact)),
  ]);
  const there = target ? present?.digest : confirmed[open.artifact];
  if (digest !== null && there === digest && !force) return still({ ...open, outcome: 'AlreadyPresent' });
  if (!found) {
    const near = await findNear(lookup, artifact);
    const message = `${open.artifact} does not exist in the source registry.${near}`;
    return failed(open, { class: 'artifact', code: 'ARTIFACT_NOT_FOUND', message, side: 'source' });
  }
  if (digest !== null && found.digest !== digest) {
    const message = `${open.artifact} is ${found.digest} in the source; the list pins it to ${digest}.`;
    return failed(open, { class: 'artifact', code: 'TAG_MOVED', message, side: 'source' });
  }
  const resolved = { ...open, digest: found.digest, mediaType: found.mediaType };
  if (there === found.digest && !force) return still({ ...resolved, outcome: 'AlreadyPresent' });
  if (present && present.digest !== found.digest && !overwrite) {
    const message = `${open.artifact} is ${present.digest} in the target and ${found.digest} in the source; options.overwrite is off.`;
    return failed(resolved, { class: 'conflict', code: 'TAG_EXISTS', message, side: 'target' });
  }
  return withBlobs(source, artifact.repository, resolved, found.digest);
}

/** A hint at tags of the repository that may have been meant. */
async function findNear({ source, tags }: Lookup, artifact: Pinned['artifact']): Promise<string> {
  if (!('tag' in artifact)) return '';
  const { repository, tag } = artifact;
  const listed = tags.get(repository) ?? tagsOf(source, repository);
  tags.set(repository, listed);
  const near = nearNames(tag, await listed);
  return near.length > 0 ? ` Near: ${near.map((name) => `${repository}:${name}`).join(', ')}.` : '';
}

/** An artifact that moves, with all that it holds. One that is there and cannot be read is left to its run. */
async function withBlobs(source: RegistryClient, repository: string, planned: PlannedArtifact, digest: string) {
  try {
    const layers = await readLayers(source, repository, digest);
    return { planned: { ...planned, bytes: distinctBytes(layers) }, layers, unread: null };
  } catch (error) {
    if (!(error instanceof TransferError) || error.class !== 'artifact') throw error;
    return { planned, layers: [], unread: toFailure(error) };
  }
}

function still(planned: PlannedArtifact): LookedUp {
  return { planned, layers: [], unread: null };
}

function failed(artifact: PlannedArtifact, failure: Failure): LookedUp {
  return still({ ...artifact, outcome: 'Failed', failure });
}
