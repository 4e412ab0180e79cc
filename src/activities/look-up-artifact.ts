import { type Artifact, parseArtifact, referenceOf } from '../domain/artifact.ts';
import type { Confirmed } from '../domain/confirmed.ts';
import { type Failure, TransferError, toFailure } from '../domain/errors.ts';
import { nearNames } from '../domain/near-names.ts';
import type { PlannedArtifact } from '../domain/plan.ts';
import type { TransferOptions } from '../domain/request.ts';
import { isServed, type Route } from '../domain/route.ts';
import type { RegistryClient } from '../oci/registry-client.ts';
import { tagsOf } from './select-in-registry.ts';
import type { Services } from './services.ts';
import { openRegistries } from './transfer-route.ts';

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

/** What an artifact is in both registries, and so whether it has to move. @throws when a registry does not answer */
export async function lookUpArtifact(lookup: Lookup, name: string): Promise<PlannedArtifact> {
  const open = {
    artifact: name,
    digest: null,
    mediaType: null,
    bytes: null,
    batch: null,
    outcome: null,
    failure: null,
  };
  const parsed = parseArtifact(name);
  if ('fault' in parsed) return failed(open, { class: 'artifact', code: 'REFERENCE_INVALID', message: parsed.fault });
  try {
    return await lookUp(lookup, open, parsed.artifact);
  } catch (error) {
    // A registry that does not answer concerns the page, not this artifact: the activity is tried again.
    if (error instanceof TransferError && error.class !== 'artifact') throw error;
    return failed(open, toFailure(error));
  }
}

async function lookUp(lookup: Lookup, open: PlannedArtifact, artifact: Artifact) {
  const { source, target, overwrite, force, confirmed } = lookup;
  const [found, present] = await Promise.all([
    source.resolve(artifact.repository, referenceOf(artifact)),
    target?.resolve(artifact.repository, referenceOf(artifact)),
  ]);
  if (!found) {
    const near = await findNear(lookup, artifact);
    const message = `${open.artifact} does not exist in the source registry.${near}`;
    return failed(open, { class: 'artifact', code: 'ARTIFACT_NOT_FOUND', message, side: 'source' });
  }
  const resolved = { ...open, digest: found.digest, mediaType: found.mediaType };
  const there = target ? present?.digest : confirmed[open.artifact];
  if (there === found.digest && !force) return { ...resolved, outcome: 'AlreadyPresent' as const };
  if (present && present.digest !== found.digest && !overwrite) {
    const message = `${open.artifact} is ${present.digest} in the target and ${found.digest} in the source; options.overwrite is off.`;
    return failed(resolved, { class: 'conflict', code: 'TAG_EXISTS', message, side: 'target' });
  }
  return { ...resolved, bytes: await contentBytes(source, artifact.repository, found.digest) };
}

/** A hint at tags of the repository that may have been meant. */
async function findNear({ source, tags }: Lookup, artifact: Artifact): Promise<string> {
  if (!('tag' in artifact)) return '';
  const { repository, tag } = artifact;
  const listed = tags.get(repository) ?? tagsOf(source, repository);
  tags.set(repository, listed);
  const near = nearNames(tag, await listed);
  return near.length > 0 ? ` Near: ${near.map((name) => `${repository}:${name}`).join(', ')}.` : '';
}

/** Bytes of what a manifest names directly: config and layers; the children's manifests of an index. */
async function contentBytes(source: RegistryClient, repository: string, digest: string): Promise<number> {
  const { bytes } = await source.fetchManifest(repository, digest);
  const manifest = JSON.parse(bytes.toString('utf8')) as { config?: Sized; layers?: Sized[]; manifests?: Sized[] };
  const parts = [manifest.config, ...(manifest.layers ?? []), ...(manifest.manifests ?? [])];
  return parts.reduce((sum, part) => sum + (part?.size ?? 0), 0);
}

interface Sized {
  size?: number;
}

function failed(artifact: PlannedArtifact, failure: Failure): PlannedArtifact {
  return { ...artifact, outcome: 'Failed', failure };
}
