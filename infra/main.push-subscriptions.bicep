// The Event Grid subscription that tells the app of pushes to a source registry, for routes with `onPush`. Made after the
// code is there: Event Grid asks the app whether it wants it. `npm run routes:print` lists the registries that need one.
// Deploy into the resource group of the registry.

@description('Name of the registry, in this resource group.')
@minLength(5)
@maxLength(50)
param registryName string

@description('Region of the registry.')
param location string = resourceGroup().location

@description('Resource id of the app.')
param appId string

@description('Name of an Event Grid system topic that the registry has already: it can have only one. Empty: one is made.')
param existingTopicName string = ''

@description('Tags of the topic.')
param tags object = {}

resource app 'Microsoft.Web/sites@2024-04-01' existing = {
  name: last(split(appId, '/'))
  scope: resourceGroup(split(appId, '/')[2], split(appId, '/')[4])
}

resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' existing = {
  name: registryName
}

// At most 50 characters; a storage account in the group may have the registry's name and a topic `{name}-events`.
var registryPart = length(registryName) <= 39
  ? registryName
  : '${take(registryName, 26)}${uniqueString(toLower(registryName))}'
var topicName = '${registryPart}-acr-events'

resource newTopic 'Microsoft.EventGrid/systemTopics@2025-02-15' = if (empty(existingTopicName)) {
  name: topicName
  location: location
  tags: tags
  properties: { source: registry.id, topicType: 'Microsoft.ContainerRegistry.Registries' }
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = {
  name: empty(existingTopicName) ? topicName : existingTopicName
}

resource subscription 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  // Of the app: each of two apps with routes from one registry has a subscription.
  name: 'acr-transfer-gatherPush-${uniqueString(toLower(appId))}'
  properties: {
    eventDeliverySchema: 'EventGridSchema'
    filter: {
      includedEventTypes: ['Microsoft.ContainerRegistry.ImagePushed', 'Microsoft.ContainerRegistry.ChartPushed']
    }
    retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 }
    destination: {
      endpointType: 'WebHook'
      properties: {
        // The key of the host's Event Grid extension, read when this is deployed: it is in no parameter and no output.
        endpointUrl: 'https://${app.properties.defaultHostName}/runtime/webhooks/eventgrid?functionName=gatherPush&code=${listKeys('${app.id}/host/default', '2024-04-01').systemKeys.eventgrid_extension}'
        maxEventsPerBatch: 1
      }
    }
  }
  dependsOn: [newTopic]
}
