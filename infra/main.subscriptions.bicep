// Event Grid subscriptions that tell the app of blobs that land. Made after the code is there: Event Grid asks the app
// whether it wants them. `npm run routes:print -- --parameters …` writes the parameters. Deploy into the resource group of
// the storage account.

@description('Name of the storage account of the target containers, in this resource group.')
param storageAccountName string

@description('Region of the storage account.')
param location string = resourceGroup().location

@description('Resource id of the app.')
param appId string

@description('Name of an Event Grid system topic that the account has already: it can have only one. Empty: one is made.')
param existingTopicName string = ''

@description('What to subscribe to: a blob trigger of the app for each container.')
@minLength(1)
@maxLength(500)
param blobTriggers blobTrigger[]

type blobTrigger = {
  @description('Name of the function: importBlob_ and 8 hexadecimal digits.')
  @minLength(19)
  @maxLength(19)
  functionName: string

  @description('Name of the container.')
  container: string
}

@description('Tags of the topic.')
param tags object = {}

resource app 'Microsoft.Web/sites@2024-04-01' existing = {
  name: last(split(appId, '/'))
  scope: resourceGroup(split(appId, '/')[2], split(appId, '/')[4])
}

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageAccountName
}

resource newTopic 'Microsoft.EventGrid/systemTopics@2025-02-15' = if (empty(existingTopicName)) {
  name: '${storageAccountName}-events'
  location: location
  tags: tags
  properties: { source: account.id, topicType: 'Microsoft.Storage.StorageAccounts' }
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = {
  name: empty(existingTopicName) ? '${storageAccountName}-events' : existingTopicName
}

resource subscriptions 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = [
  for trigger in blobTriggers: {
    parent: topic
    name: replace(trigger.functionName, '_', '-')
    properties: {
      eventDeliverySchema: 'EventGridSchema'
      filter: {
        includedEventTypes: ['Microsoft.Storage.BlobCreated']
        subjectBeginsWith: '/blobServices/default/containers/${trigger.container}/blobs/'
      }
      retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 }
      destination: {
        endpointType: 'WebHook'
        properties: {
          // The key of the host's blob extension, read when this is deployed: it is in no parameter and no output.
          endpointUrl: 'https://${app.properties.defaultHostName}/runtime/webhooks/blobs?functionName=Host.Functions.${trigger.functionName}&code=${listKeys('${app.id}/host/default', '2024-04-01').systemKeys.blobs_extension}'
          maxEventsPerBatch: 1
        }
      }
    }
    dependsOn: [newTopic]
  }
]
