// The account that archives pass through. ACR is no trusted service of Storage, so it needs a public endpoint; what
// guards it is that nothing but Entra identities and short user-delegation tokens are accepted.

import { keptBlobs } from 'types.bicep'

@description('Name of the account: 3 to 24 of a-z and 0-9.')
@minLength(3)
@maxLength(24)
param name string

@description('Region; the registry\'s, so that an export stays in it.')
param location string

@description('The container of archives, and the days after which those are deleted that nothing else deleted.')
param archives keptBlobs

@description('The same for the container of receipts.')
param receipts keptBlobs

@description('Whether account keys are accepted: only for routes whose SAS tokens are made with them.')
param allowAccountKeys bool = false

@description('Tags of all that is made.')
param tags object = {}

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: allowAccountKeys
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    publicNetworkAccess: 'Enabled'
    supportsHttpsTrafficOnly: true
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: account
  name: 'default'
  properties: { deleteRetentionPolicy: { enabled: true, days: 7 } }
}

resource rules 'Microsoft.Storage/storageAccounts/managementPolicies@2023-05-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        for (kept, index) in [archives, receipts]: {
          name: index == 0 ? 'delete-old-archives' : 'delete-old-receipts'
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: ['${kept.container}/'] }
            actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: kept.days } } }
          }
        }
      ]
    }
  }
}

@description('Resource id of the account.')
output id string = account.id
