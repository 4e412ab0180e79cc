// The storage of the Functions host, of Durable and of the transfers' records. No account key is accepted.

import { roleIds } from 'roles.bicep'
import { blobTriggerSource } from 'types.bicep'

@description('Name of the account: 3 to 24 of a-z and 0-9.')
@minLength(3)
@maxLength(24)
param name string

@description('Region of the app.')
param location string

@description('Object id of the app\'s identity.')
param principalId string

@description('How the app notices blobs that land: polling needs one role more.')
param triggerSource blobTriggerSource

@description('Resource id of the subnet that alone may reach the account. Empty: all networks, with Entra identities only.')
param subnetId string

@description('Public IPv4 addresses and ranges that may reach the account beside the subnet: whoever uploads a package.')
param uploaderIps string[]

@description('Tags of all that is made.')
param tags object

var inNetwork = !empty(subnetId)

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: inNetwork ? 'Deny' : 'Allow'
      virtualNetworkRules: inNetwork ? [{ id: subnetId, action: 'Allow' }] : []
      ipRules: [for address in uploaderIps: { value: address, action: 'Allow' }]
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource packages 'containers' = {
      name: 'packages'
      properties: { publicAccess: 'None' }
    }

    resource records 'containers' = {
      name: 'acr-transfer'
      properties: { publicAccess: 'None' }
    }
  }
}

// Least roles by the Functions documentation: locks, keys and packages (Owner), Durable's queues and tables.
module rights 'account-rights.bicep' = {
  name: 'app-on-host-storage'
  params: {
    accountName: account.name
    principalId: principalId
    roles: concat(
      [roleIds.storageBlobDataOwner, roleIds.storageQueueDataContributor, roleIds.storageTableDataContributor],
      triggerSource == 'LogsAndContainerScan' ? [roleIds.storageAccountContributor] : []
    )
  }
}

@description('Name of the account.')
output name string = account.name

@description('Endpoints of the account, each with a trailing slash.')
output endpoints object = {
  blob: account.properties.primaryEndpoints.blob
  queue: account.properties.primaryEndpoints.queue
  table: account.properties.primaryEndpoints.table
}
