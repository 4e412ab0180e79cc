// ACR's own import pipeline with every option. Its API versions have all been previews.

import { acrName, importOption, storageAccessMode } from 'types.bicep'

@description('Name of the registry; Premium.')
param registryName acrName

@description('Name of the pipeline: 5 to 50 letters and digits.')
param pipelineName acrName

@description('Region of the registry.')
param location string

@description('URL of the container: https://{account}.blob.{suffix}/{container}.')
param containerUrl string

@description('How the pipeline reaches the container.')
param accessMode storageAccessMode = 'SasToken'

@description('Address of the secret with the SAS token, without a version (one that names a version could not be rotated). Empty with ManagedIdentity.')
param secretUri string = ''

@description('What the pipeline may do beyond the default.')
param options importOption[]

@description('Whether ACR imports blobs that land by itself.')
@allowed(['Enabled', 'Disabled'])
param sourceTriggerStatus string = 'Enabled'

@description('Resource id of a user-assigned identity. Empty: an identity of the pipeline\'s own.')
param userAssignedIdentityId string = ''

var ownIdentity = empty(userAssignedIdentityId)

resource registry 'Microsoft.ContainerRegistry/registries@2025-04-01' existing = {
  name: registryName
}

resource pipeline 'Microsoft.ContainerRegistry/registries/importPipelines@2025-06-01-preview' = {
  parent: registry
  name: pipelineName
  location: location
  identity: ownIdentity
    ? { type: 'SystemAssigned' }
    : { type: 'UserAssigned', userAssignedIdentities: { '${userAssignedIdentityId}': {} } }
  properties: {
    source: {
      type: 'AzureStorageBlobContainer'
      uri: containerUrl
      storageAccessMode: accessMode
      ...(accessMode == 'SasToken' ? { keyVaultUri: secretUri } : {})
    }
    options: options
    trigger: { sourceTrigger: { status: sourceTriggerStatus } }
  }
}

resource givenIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = if (!ownIdentity) {
  name: ownIdentity ? 'none' : last(split(userAssignedIdentityId, '/'))
  scope: resourceGroup(
    ownIdentity ? subscription().subscriptionId : split(userAssignedIdentityId, '/')[2],
    ownIdentity ? resourceGroup().name : split(userAssignedIdentityId, '/')[4]
  )
}

@description('Resource id of the pipeline.')
output id string = pipeline.id

@description('Object id of the identity that reads the secret or reaches the container.')
output principalId string = ownIdentity ? pipeline.identity.principalId : givenIdentity!.properties.principalId
