import { RegistryClient } from '../../src/oci/registry-client.ts';
import { passwordTokenSource } from '../../src/oci/token-source.ts';
import type { CloudName } from '../names.ts';
import type { TokenAuthority } from '../tokens.ts';
import type { Behavior } from './behavior.ts';
import { executeExport } from './export-run.ts';
import { executeImport } from './import-run.ts';
import { MAX_LAYER_BYTES } from './layer-limit.ts';
import type { ExecuteRun } from './runner.ts';
import { openContainer } from './storage-access.ts';

/** The data plane of a registry, as the service's own workers reach it. */
export interface DataPlane {
  cloud: CloudName;
  /** Loopback URL. */
  endpoint: string;
  adminUsername: string;
  adminPassword: string;
  /** Goes before `adminPassword`. */
  workerPassword?: string;
}

/** What real executions go by. */
export interface ExecuteRunOptions {
  /** The registry of a run's key. */
  dataPlaneOf: (runKey: string) => DataPlane;
  tokens: TokenAuthority;
  behavior: Behavior;
  /** Bytes that a layer may have; default 8 GiB. */
  maxLayerBytes?: number | undefined;
}

/** Executes runs for real: between a registry's data plane and the container of the run's pipeline. */
export function createExecuteRun(options: ExecuteRunOptions): ExecuteRun {
  const { dataPlaneOf, tokens, behavior, maxLayerBytes = MAX_LAYER_BYTES } = options;
  return async (run, signal, onProgress) => {
    const { cloud, endpoint, adminUsername, adminPassword, workerPassword } = dataPlaneOf(run.key);
    const container = await openContainer(run.pipeline, cloud, tokens, signal);
    const registry = new RegistryClient({
      endpoint,
      tokens: passwordTokenSource(adminUsername, workerPassword ?? adminPassword),
      signal,
    });
    const blob = container.getBlockBlobClient(run.request.blobName);
    const execute = run.pipeline.type === 'exportPipelines' ? executeExport : executeImport;
    return execute(run, { registry, blob, signal, onProgress, behavior: behavior.current, maxLayerBytes });
  };
}
