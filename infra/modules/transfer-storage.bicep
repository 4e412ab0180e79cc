// The account that archives pass through. ACR is no trusted service of Storage, so it needs a public endpoint; what
// guards it is that nothing but Entra identities and short user-delegation tokens are accepted.

@description('Name of the account: 3 to 24 of a-z and 0-9.')
@minLength(3)
@maxLength(24)
param name string

@description('Region; the registry\'s, so that an export stays in it.')
param location string

@description('Days after which archives are deleted that nothing else deleted: 1 to 365.')
@minValue(1)
@maxValue(365)
param archivesDays int

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
        {
          name: 'delete-old-archives'
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob'] }
            actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: archivesDays } } }
          }
        }
      ]
    }
  }
}

@description('Resource id of the account.')
output id string = account.id
