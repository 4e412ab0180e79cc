import type { Certificates } from '../certificates.ts';
import type { Ports } from '../cloud/ports.ts';
import { CLOUD_NAMES, type CloudName, cloudObject, resourcesOf, TENANT_ID } from '../names.ts';

/** The name of the one local route. */
export const ROUTE_NAME = 'source-to-target';

function routeSide(cloud: CloudName) {
  const { registryId, containerUrl } = resourcesOf(cloud);
  return {
    cloud: cloudObject(cloud),
    tenantId: TENANT_ID,
    credential: { type: 'managedIdentity' },
    registry: registryId,
    container: containerUrl,
  };
}

/** The local route, in the shape of a production one; `overrides` replace its keys. */
export function localRoute(overrides: Record<string, unknown> = {}) {
  const [source, target] = CLOUD_NAMES;
  return {
    name: ROUTE_NAME,
    source: { ...routeSide(source), exportPipeline: resourcesOf(source).pipelineName },
    target: { ...routeSide(target), importPipeline: resourcesOf(target).pipelineName },
    retry: { attempts: 3, firstDelaySeconds: 2, factor: 2, maxDelaySeconds: 30 },
    ...overrides,
  };
}

/** How a client of the local clouds finds them: the proxy, the certificate authority, the managed identity. */
export function clientEnvironment(ports: Ports, certificates: Certificates): Record<string, string> {
  return {
    HTTPS_PROXY: `http://127.0.0.1:${ports.proxy}`,
    NO_PROXY: '127.0.0.1,localhost',
    NODE_USE_ENV_PROXY: '1',
    NODE_EXTRA_CA_CERTS: certificates.caPath,
    IDENTITY_ENDPOINT: `http://127.0.0.1:${ports.identity}/msi/token`,
    IDENTITY_HEADER: certificates.secrets.identityHeader,
  };
}

/** The environment of the Functions app's process: app settings as in Azure, and nothing that says "local" to the app. */
export function appEnvironment(
  ports: Ports,
  certificates: Certificates,
  route: object = localRoute(),
): Record<string, string> {
  const connection = `SIDE_${ROUTE_NAME.toUpperCase().replaceAll('-', '_')}_TARGET`;
  const [account] = new URL(resourcesOf('target').containerUrl).hostname.split('.');
  return {
    ...clientEnvironment(ports, certificates),
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AzureWebJobsStorage__blobServiceUri: 'https://statestore.blob.source.test',
    STATE_STORAGE__blobServiceUri: 'https://statestore.blob.source.test',
    ROUTES_JSON: JSON.stringify([route]),
    BLOB_TRIGGER_SOURCE: 'EventGrid',
    [`${connection}__blobServiceUri`]: `https://${account}.blob.target.test`,
    [`${connection}__queueServiceUri`]: `https://${account}.queue.target.test`,
    LOCAL_HOST_KEY: certificates.secrets.functionKey,
    LOCAL_HOST_MASTER_KEY: certificates.secrets.masterKey,
  };
}
