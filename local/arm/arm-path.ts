/** The three resource types of transfers, in the service's spelling. */
export const TRANSFER_TYPES = ['exportPipelines', 'importPipelines', 'pipelineRuns'] as const;
export type TransferType = (typeof TRANSFER_TYPES)[number];
export type PipelineType = Exclude<TransferType, 'pipelineRuns'>;

/** What a request path names. Names are as written; ARM compares them without case. */
export interface ArmPath {
  subscriptionId: string;
  resourceGroup?: string;
  /** Absent where all registries of a group or subscription are meant. */
  registryName?: string;
  /** `listCredentials`, `regenerateCredential` or `listUsages` of the registry, in lower case. */
  action?: string;
  type?: TransferType;
  /** Absent where the whole list is meant. */
  name?: string;
  operationId?: string;
}

const REGISTRY_PATH =
  /^\/subscriptions\/([^/]+)(?:\/resourceGroups\/([^/]+))?\/providers\/Microsoft\.ContainerRegistry\/registries(?:\/([^/]+)(\/.+)?)?$/i;
const CHILD_PATH =
  /^\/(?:(exportPipelines|importPipelines|pipelineRuns)(?:\/([^/]+)(?:\/operationStatuses\/([^/]+))?)?|(listCredentials|regenerateCredential|listUsages))$/i;

/** The parts of a path of registries, or `undefined`. A trailing slash does not count. */
export function parseArmPath(pathname: string): ArmPath | undefined {
  const match = REGISTRY_PATH.exec(decodePath(pathname));
  if (!match) return undefined;
  const [, subscriptionId = '', resourceGroup, registryName, rest] = match;
  if (registryName === undefined) return { subscriptionId, ...(resourceGroup === undefined ? {} : { resourceGroup }) };
  if (resourceGroup === undefined) return undefined;
  const registry: ArmPath = { subscriptionId, resourceGroup, registryName };
  return rest === undefined ? registry : withChild(registry, rest);
}

/** The type that a text names in any case, or `undefined`. */
export function transferTypeOf(text: string | undefined): TransferType | undefined {
  return TRANSFER_TYPES.find((type) => type.toLowerCase() === text?.toLowerCase());
}

function withChild(registry: ArmPath, rest: string): ArmPath | undefined {
  const match = CHILD_PATH.exec(rest);
  if (!match) return undefined;
  const [, typeText, name, operationId, action] = match;
  if (action !== undefined) return { ...registry, action: action.toLowerCase() };
  const type = transferTypeOf(typeText);
  if (type === undefined || (operationId !== undefined && type !== 'pipelineRuns')) return undefined;
  return {
    ...registry,
    type,
    ...(name === undefined ? {} : { name }),
    ...(operationId === undefined ? {} : { operationId }),
  };
}

/** A path decoded, without trailing slashes; as it is where it cannot be decoded. */
export function decodePath(pathname: string): string {
  const plain = pathname.replace(/\/+$/, '');
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}
