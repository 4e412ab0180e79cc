// One private container of an account that may be another deployment's.

@description('Name of the storage account.')
param accountName string

@description('Name of the container: 3 to 63 of a-z, 0-9 and single hyphens.')
@minLength(3)
@maxLength(63)
param containerName string

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: accountName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource container 'containers' = {
      name: containerName
      properties: { publicAccess: 'None' }
    }
  }
}

@description('URL of the container.')
output url string = '${account.properties.primaryEndpoints.blob}${containerName}'
