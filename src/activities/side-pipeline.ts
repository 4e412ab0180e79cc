import { parseSecretUri } from '../azure/key-vault.ts';
import { isSameContainer } from '../domain/container-url.ts';
import { type Side, TransferError } from '../domain/errors.ts';
import { pipelineIdOf, pipelineNameOf, type Route } from '../domain/route/route.ts';
import { neededPermissions } from '../domain/sas/sas.ts';
import type { Services } from './services.ts';

/** One side's pipeline, reduced to what both kinds share. */
export interface SidePipeline {
  side: Side;
  id: string;
  options: readonly string[];
  /** `undefined` with `storageAccessMode: ManagedIdentity`. */
  secretUri: string | undefined;
  /** Permissions that the pipeline's SAS token needs. */
  permissions: string;
  /** Status of an import pipeline's source trigger, as the service spells it. */
  triggerStatus: string | undefined;
}

interface Parts {
  store: { uri?: string | undefined; keyVaultUri?: string | undefined; storageAccessMode?: string | undefined };
  options: readonly string[] | undefined;
  triggerStatus: string | undefined;
}

async function readParts(services: Services, route: Route, side: Side): Promise<Parts | undefined> {
  const { pipelines } = services.side(route, side);
  const name = pipelineNameOf(route, side);
  if (side === 'source') {
    const properties = (await pipelines.getExportPipeline(name))?.properties;
    return properties && { store: properties.target, options: properties.options, triggerStatus: undefined };
  }
  const properties = (await pipelines.getImportPipeline(name))?.properties;
  const triggerStatus = properties?.trigger?.sourceTrigger?.status;
  return properties && { store: properties.source, options: properties.options, triggerStatus };
}

/** Reads the pipeline of one side. @throws `PIPELINE_NOT_FOUND`, or `CONTAINER_MISMATCH` with the route's container */
export async function readSidePipeline(services: Services, route: Route, side: Side): Promise<SidePipeline> {
  const { settings } = services.side(route, side);
  const parts = await readParts(services, route, side);
  const id = pipelineIdOf(route, side);
  if (!parts) throw fault('PIPELINE_NOT_FOUND', side, `Pipeline ${id} does not exist.`);
  const { store, options = [], triggerStatus } = parts;
  if (store.uri && !isSameContainer(store.uri, settings.container)) {
    const message = `Pipeline ${id} works on ${store.uri}, route ${route.name} names ${settings.container}.`;
    throw fault('CONTAINER_MISMATCH', side, message);
  }
  const usesToken = store.storageAccessMode !== 'ManagedIdentity';
  const deletesSource = hasOption(options, 'DeleteSourceBlobOnSuccess');
  return {
    side,
    id,
    options,
    secretUri: usesToken ? (store.keyVaultUri ?? '') : undefined,
    permissions: neededPermissions(side === 'source' ? 'export' : 'import', deletesSource),
    triggerStatus,
  };
}

export function hasOption(options: readonly string[], name: string): boolean {
  return options.some((option) => option.toLowerCase() === name.toLowerCase());
}

/** A pipeline's secret, by its parts and with the store that holds it. @throws `SECRET_URI_INVALID` */
export function openSecret(services: Services, route: Route, { side, id, secretUri = '' }: SidePipeline) {
  const { settings, vault } = services.side(route, side);
  const parts = parseSecretUri(secretUri, settings.cloud.vaultSuffix);
  if (!parts) {
    const form = `https://{vault}.${settings.cloud.vaultSuffix}/secrets/{name}`;
    throw fault('SECRET_URI_INVALID', side, `keyVaultUri '${secretUri}' of ${id}: allowed is ${form}.`);
  }
  return { ...parts, store: vault(parts.vaultUrl) };
}

function fault(code: string, side: Side, message: string): TransferError {
  return new TransferError(message, { class: 'service', code, side });
}
