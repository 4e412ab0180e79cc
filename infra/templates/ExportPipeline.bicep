// An export pipeline and its right to its secret or container, with the parameter names of ACR's own guide.

import { acrName, exportOption, storageAccessMode } from '../modules/types.bicep'
import { roleIds } from '../modules/roles.bicep'

@description('Name of the registry, in this resource group; Premium.')
param registryName acrName

@description('Name of the pipeline: 5 to 50 letters and digits.')
param exportPipelineName acrName

@description('URL of the container: https://{account}.blob.{suffix}/{container}.')
param targetUri string

@description('Name of the vault with the SAS token, in this resource group, with roles. Empty with ManagedIdentity.')
param keyVaultName string = ''

@description('Name of the secret whose value is the SAS token with a leading question mark. Empty with ManagedIdentity.')
param sasTokenSecretName string = ''

@description('How the pipeline reaches the container.')
param storageAccess storageAccessMode = 'SasToken'

@description('What the pipeline may do beyond the default.')
param options exportOption[] = []

@description('Resource id of a user-assigned identity. Empty: an identity of the pipeline\'s own.')
param userAssignedIdentity string = ''

@description('Region of the registry.')
param location string = resourceGroup().location

var usesToken = storageAccess == 'SasToken'
var secretUri = !usesToken
  ? ''
  : empty(keyVaultName) || empty(sasTokenSecretName)
      ? fail('storageAccess SasToken: keyVaultName and sasTokenSecretName must be given')
      : 'https://${keyVaultName}${environment().suffixes.keyvaultDns}/secrets/${sasTokenSecretName}'

module pipeline '../modules/export-pipeline.bicep' = {
  name: 'export-${exportPipelineName}'
  params: {
    registryName: registryName
    pipelineName: exportPipelineName
    location: location
    containerUrl: targetUri
    accessMode: storageAccess
    secretUri: secretUri
    options: options
    userAssignedIdentityId: userAssignedIdentity
  }
}

// Least role: reads the secret. With ManagedIdentity the container's owner assigns Storage Blob Data Contributor.
module onVault '../modules/vault-rights.bicep' = if (usesToken) {
  name: 'on-vault-${exportPipelineName}'
  params: { vaultName: keyVaultName, principalId: pipeline.outputs.principalId, role: roleIds.keyVaultSecretsUser }
}

@description('Resource id of the pipeline, for PipelineRun-Export.bicep.')
output pipelineResourceId string = pipeline.outputs.id

@description('Object id of the identity that reads the secret or writes to the container.')
output principalId string = pipeline.outputs.principalId
