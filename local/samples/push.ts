import type { RegistryClient } from '../../src/oci/registry-client.ts';
import { makeSamples, type Sample } from './samples.ts';

/** `repository:tag` of every tag in a registry, sorted. */
export async function listTags(registry: RegistryClient): Promise<string[]> {
  const names: string[] = [];
  for await (const repository of registry.listRepositories()) {
    for await (const tag of registry.listTags(repository)) names.push(`${repository}:${tag}`);
  }
  return names.sort();
}

/** Pushes the samples where the registry has no tags at all. @returns the tags it has then */
export async function ensureSamples(registry: RegistryClient, options: { large: boolean }): Promise<string[]> {
  const found = await listTags(registry);
  if (found.length > 0) return found;
  for (const sample of await makeSamples(options)) await push(registry, sample);
  return listTags(registry);
}

async function push(registry: RegistryClient, { repository, tags, manifest, blobs, children }: Sample): Promise<void> {
  for (const child of children) await push(registry, child);
  for (const blob of blobs) await registry.uploadBlob(repository, blob, () => blob.read());
  const chunks: Uint8Array[] = [];
  for await (const chunk of manifest.read()) chunks.push(chunk);
  const references = tags.length > 0 ? tags : [manifest.digest];
  for (const reference of references) {
    await registry.putManifest(repository, reference, manifest.mediaType, Buffer.concat(chunks));
  }
}
