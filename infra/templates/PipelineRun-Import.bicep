// One import run, with the parameter names of ACR's own guide. Deployed again it runs again: its tag is the time.

import { acrName } from '../modules/types.bicep'

@description('Name of the registry, in this resource group.')
param registryName acrName

@description('Name of the run: 5 to 50 letters and digits.')
param pipelineRunName acrName

@description('Resource id of the import pipeline.')
param pipelineResourceId string

@description('Name of the blob to read.')
@minLength(1)
@maxLength(1024)
param sourceName string

@description('Digest of the archive as its export gave it. Empty: not stated.')
param catalogDigest string = ''

@description('A run that was made before runs again when this differs.')
param forceUpdateTag string = utcNow()

resource registry 'Microsoft.ContainerRegistry/registries@2025-04-01' existing = {
  name: registryName
}

resource run 'Microsoft.ContainerRegistry/registries/pipelineRuns@2025-06-01-preview' = {
  parent: registry
  name: pipelineRunName
  properties: {
    forceUpdateTag: forceUpdateTag
    request: {
      pipelineResourceId: pipelineResourceId
      source: { type: 'AzureStorageBlob', name: sourceName }
      ...(empty(catalogDigest) ? {} : { catalogDigest: catalogDigest })
    }
  }
}

@description('Resource id of the run.')
output id string = run.id
