import { parseArtifact, referenceOf } from '../../domain/artifact.ts';
import { type ArtifactFacts, judgeArtifact } from '../../domain/checks/artifact-checks.ts';
import type { Check } from '../../domain/checks/check.ts';
import { failedLook } from '../../domain/checks/failed-look.ts';
import { type Route, sideOf } from '../../domain/route/route.ts';
import { mapBounded } from '../../oci/parallel.ts';
import type { RegistryClient } from '../../oci/registry-client.ts';
import { readLayers } from '../resolve/read-layers.ts';
import type { Services } from '../services.ts';
import { look } from './look.ts';

const PARALLEL_ARTIFACTS = 8;

/** Each artifact in the source registry, with the layers of all its platforms. */
export async function checkArtifacts(services: Services, route: Route, artifacts: readonly string[]): Promise<Check[]> {
  if (artifacts.length === 0) return [];
  const registry = await look(() => services.side(route, 'source').registry());
  if (!registry.ok) return [failedLook('source', `registry ${sideOf(route, 'source').registry}`, registry.failure)];
  const checks = await mapBounded(artifacts, PARALLEL_ARTIFACTS, async (artifact) => {
    const found = await look(() => readArtifact(registry.value, artifact));
    return found.ok ? judgeArtifact(found.value) : [failedLook('source', artifact, found.failure)];
  });
  return checks.flat();
}

async function readArtifact(registry: RegistryClient, artifact: string): Promise<ArtifactFacts> {
  const parsed = parseArtifact(artifact);
  if ('fault' in parsed) return { artifact, state: 'invalid', fault: parsed.fault };
  const { repository } = parsed.artifact;
  const found = await registry.resolve(repository, referenceOf(parsed.artifact));
  if (!found) return { artifact, state: 'missing' };
  const layers = await readLayers(registry, repository, found.digest);
  return { artifact, state: 'found', digest: found.digest, layers };
}
