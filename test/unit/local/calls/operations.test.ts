import type { IncomingMessage } from 'node:http';
import { operationOf } from '../../../../local/calls/operations.ts';
import type { Emulator } from '../../../../local/calls/service.ts';

const REGISTRY = '/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/r';

describe('the operation of a call', () => {
  it.each<[Emulator, string, string, string]>([
    ['arm', 'GET', REGISTRY, 'Microsoft.ContainerRegistry/registries/read'],
    [
      'arm',
      'PUT',
      `${REGISTRY}/pipelineRuns/x?api-version=1`,
      'Microsoft.ContainerRegistry/registries/pipelineRuns/write',
    ],
    ['arm', 'GET', `${REGISTRY}/pipelineRuns`, 'Microsoft.ContainerRegistry/registries/pipelineRuns/read'],
    [
      'arm',
      'GET',
      `${REGISTRY}/pipelineRuns/x/operationStatuses/1`,
      'Microsoft.ContainerRegistry/registries/pipelineRuns/operationStatuses/read',
    ],
    ['arm', 'POST', `${REGISTRY}/listCredentials`, 'Microsoft.ContainerRegistry/registries/listCredentials/action'],
    [
      'arm',
      'PUT',
      `${REGISTRY}/providers/Microsoft.Authorization/roleAssignments/a`,
      'Microsoft.Authorization/roleAssignments/write',
    ],
    ['arm', 'GET', '/tenants', 'Unknown'],
    ['vault', 'GET', '/secrets/a?api-version=7.6', 'Microsoft.KeyVault/vaults/secrets/getSecret/action'],
    ['identity', 'GET', '/msi/token?resource=x', 'GetToken'],
    ['blob', 'GET', '/c?restype=container&comp=list', 'ListBlobs'],
    ['blob', 'PUT', '/c/b?comp=block', 'PutBlock'],
    ['blob', 'PUT', '/c/b', 'PutBlob'],
    ['blob', 'GET', '/c/b', 'GetBlob'],
    ['blob', 'POST', '/?restype=service&comp=userdelegationkey', 'GetUserDelegationKey'],
    ['registrySource', 'GET', '/v2/a/b/manifests/v1', 'GetManifest'],
    ['registrySource', 'HEAD', '/v2/a/b/manifests/v1', 'HeadManifest'],
    ['registryTarget', 'PUT', '/v2/a/b/blobs/uploads/1?digest=x', 'CompleteUpload'],
    ['registryTarget', 'POST', '/oauth2/exchange', 'ExchangeToken'],
    ['registryTarget', 'GET', '/v3/', 'Unknown'],
  ])('%s %s %s is %s', (service, method, path, operation) => {
    const request = { method, headers: {} } as IncomingMessage;
    expect(operationOf(service, request, new URL(`https://host${path}`))).toBe(operation);
  });

  it.each([
    ['/c/b?comp=block', 'PutBlockFromURL'],
    ['/c/b', 'CopyBlob'],
  ])('PUT %s that names a source is %s', (path, operation) => {
    const request = { method: 'PUT', headers: { 'x-ms-copy-source': 'https://x' } } as unknown as IncomingMessage;
    expect(operationOf('blob', request, new URL(`https://host${path}`))).toBe(operation);
  });
});
