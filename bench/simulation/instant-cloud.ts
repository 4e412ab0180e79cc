import { createHash } from 'node:crypto';
import type { PipelineOperations, PipelineRun } from '../../src/azure/arm/pipelines.ts';
import type { ContainerStore } from '../../src/azure/blobs/storage.ts';
import { TransferRecords } from '../../src/azure/records/transfer-records.ts';
import { formatRunName } from '../../src/domain/names.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import { OCI_MANIFEST } from '../../src/oci/media-types.ts';
import type { RegistryClient } from '../../src/oci/registry-client.ts';

/** One container for both sides: nothing is left to copy. */
export const CONTAINER = 'https://simulated.blob.core.windows.net/transfer';

/**
 * Two registries and an ARM that has done every run by the time it is asked about. An artifact is in the target once
 * the import of its own batch was asked for, and not before.
 */
export class InstantCloud {
  readonly #imported = new Set<string>();
  /** By artifact: the run that imports its batch. */
  readonly #importOf = new Map<string, string>();

  /** The records of the simulation, which also tell this cloud what is planned to travel together. */
  openRecords(container: ContainerStore): TransferRecords {
    const records = new TransferRecords(container);
    const create = records.createPlan.bind(records);
    records.createPlan = async (plan) => {
      this.#learn(plan);
      return create(plan);
    };
    return records;
  }

  #learn({ transfer: id, artifacts }: Plan): void {
    const runs = new Map<string, string>();
    for (const { artifact, batch } of artifacts) {
      if (batch === null) continue;
      const run = runs.get(batch) ?? formatRunName('import', { id, path: batch, attempt: 1 });
      runs.set(batch, run);
      this.#importOf.set(artifact, run);
    }
  }

  get source(): RegistryClient {
    const resolve = async (repository: string, tag: string) => descriptorOf(`${repository}:${tag}`);
    const fetchManifest = async (_repository: string, digest: string) => manifestOf(digest);
    return { resolve, fetchManifest } as unknown as RegistryClient;
  }

  get target(): RegistryClient {
    const resolve = async (repository: string, tag: string) => {
      const name = `${repository}:${tag}`;
      return this.#imported.has(this.#importOf.get(name) ?? '') ? descriptorOf(name) : undefined;
    };
    return { resolve } as unknown as RegistryClient;
  }

  get pipelines(): PipelineOperations {
    const store = { type: 'AzureStorageBlobContainer', uri: CONTAINER, storageAccessMode: 'ManagedIdentity' };
    const own = { id: 'pipeline', name: 'pipeline' };
    const operations = {
      getRegistry: async () => ({ loginServer: 'simulated.azurecr.io' }),
      getExportPipeline: async () => ({ ...own, properties: { target: store, options: ['OverwriteBlobs'] } }),
      getImportPipeline: async () => ({ ...own, properties: { source: store, options: [] } }),
      getRun: async (name: string) => {
        if (name.startsWith('i')) this.#imported.add(name);
        return { run: endedRun(name) };
      },
    };
    return operations as unknown as PipelineOperations;
  }

  /** The container of archives: every one is there, and is marked as told. */
  get container(): ContainerStore {
    const properties = { etag: '"1"', sizeBytes: 1000, lastModified: '2026-01-01T00:00:00Z', metadata: {} };
    const blobs = {
      url: CONTAINER,
      exists: async () => true,
      properties: async () => properties,
      setMetadata: async () => ({ etag: '"2"' }),
      urlOf: (blob: string) => `${CONTAINER}/${blob}`,
    };
    return blobs as unknown as ContainerStore;
  }
}

function endedRun(name: string): PipelineRun {
  const response = { status: 'Succeeded', progress: { percentage: '100' }, catalogDigest: 'sha256:catalog' };
  return { id: name, name, properties: { provisioningState: 'Succeeded', response } } as unknown as PipelineRun;
}

function sha256(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function descriptorOf(name: string) {
  return { mediaType: OCI_MANIFEST, digest: sha256(name), size: 1000 };
}

/** An image of a base that many share, and a layer of its own. */
function manifestOf(digest: string) {
  const number = Number.parseInt(digest.slice(7, 15), 16);
  const blob = (text: string, size: number) => ({ mediaType: 'application/octet-stream', digest: sha256(text), size });
  const layers = [blob(`base ${number % 100}`, 50_000_000), blob(`own ${digest}`, number % 20_000_000)];
  const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: blob(`config ${digest}`, 1000), layers };
  return { descriptor: { mediaType: OCI_MANIFEST, digest, size: 1000 }, bytes: Buffer.from(JSON.stringify(manifest)) };
}
