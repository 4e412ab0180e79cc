// The app and what belongs to it alone: identity, host storage, logs, alerts, Durable's backend, network.

import { apiAccess, blobTriggerSource, durableBackend, hostingPlan } from 'types.bicep'

@description('First letters of the names.')
param namePrefix string

@description('Region of the app.')
param location string

@description('The cloud that the app runs in, as routes name it.')
param cloud string

@description('Where the app runs.')
param plan hostingPlan

@description('How blobs that land are noticed.')
param triggerSource blobTriggerSource

@description('Where Durable keeps its state.')
param durable durableBackend

@description('Most instances of the app.')
param maximumInstances int

@description('Subnet of the app: none, a new network, or an existing subnet by id.')
param network networkOption

@description('E-mail addresses for alerts.')
param alertEmails string[]

@description('Days that logs are kept.')
param logRetentionDays int

@description('Resource id of a Log Analytics workspace to use instead of a new one. Empty: one is made.')
param workspaceId string

@description('The app\'s identity: its resource id, object id and client id. It has rights before the app is there.')
param identity { id: string, principalId: string, clientId: string }

@description('The routes, as the app reads them.')
param routes object[]

@description('Further app settings by name. What the templates set themselves stays.')
param appSettings object

@description('NCRONTAB schedules of the timers, in UTC.')
param schedules { rotateSas: string, reconcile: string, retention: string }

@description('Who may call the HTTP API.')
param access apiAccess

@description('Tags of all that is made.')
param tags object

@export()
@description('Subnet of the app for its outgoing calls.')
@discriminator('kind')
type networkOption = noNetwork | newNetwork | existingNetwork
type noNetwork = { kind: 'none' }
type newNetwork = {
  kind: 'new'

  @description('Address range of the network, /26 or larger.')
  addressPrefix: string

  @description('Public IPv4 addresses and ranges that may reach the host storage too, to upload a package. Default: none.')
  uploaderIps: string[]?
}
type existingNetwork = {
  kind: 'existing'

  @description('Resource id of a subnet delegated to Microsoft.App/environments (flex) or Microsoft.Web/serverFarms (elasticPremium).')
  subnetId: string

  @description('Public IPv4 addresses and ranges that may reach the host storage too, to upload a package. Default: none.')
  uploaderIps: string[]?
}

var suffix = uniqueString(resourceGroup().id, namePrefix)
var taskHubName = 'AcrTransfer'
var checkedSource = plan == 'flex' && triggerSource == 'LogsAndContainerScan'
  ? fail('plan flex with triggerSource LogsAndContainerScan: Flex Consumption cannot poll; allowed: EventGrid, or plan elasticPremium')
  : triggerSource

var checkedPlan = plan == 'flex' && cloud == 'AzureChina'
  ? fail('plan flex with cloud AzureChina: there is no Flex Consumption there; allowed: plan elasticPremium')
  : plan
var leastInstances = plan == 'flex' ? 40 : 1
var mostInstances = plan == 'flex' ? 1000 : 20
var checkedInstances = maximumInstances < leastInstances || maximumInstances > mostInstances
  ? fail('maximumInstances ${maximumInstances} with plan ${plan}; allowed: ${leastInstances} to ${mostInstances}')
  : maximumInstances

// A text with settings in place of each %NAME%, as the app reads it: what is between two % is a name.
func fill(text string, settings object, place string) string =>
  join(
    map(
      split(text, '%'),
      (part, index) =>
        index % 2 == 0
          ? part
          : !contains(objectKeys(settings), part)
              ? fail('${place} with %${part}%; allowed: the names of appSettings, which are ${join(objectKeys(settings), ', ')}')
              : startsWith(settings[part], '@Microsoft.KeyVault(')
                  ? fail('${place} with %${part}%, a reference to a vault, which a deployment cannot read; allowed: a setting of appSettings that is the text itself')
                  : settings[part]
    ),
    ''
  )

// A target that the app serves is heard of through a connection of its own, which the code names (blob-triggers.ts).
var targets = map(
  filter(routes, route => (route.?serves ?? 'both') != 'source' && contains(route, 'target')),
  route => {
    connection: 'SIDE_${replace(toUpper(fill(route.name, appSettings, 'name of a route')), '-', '_')}_TARGET'
    // https://{account}.blob.{suffix}/{container}
    host: split(fill(route.target.container, appSettings, 'container of the target of route ${route.name}'), '/')[2]
  }
)
var connections = reduce(
  targets,
  {},
  (all, target) =>
    union(all, {
      '${target.connection}__blobServiceUri': 'https://${target.host}'
      '${target.connection}__queueServiceUri': 'https://${replace(target.host, '.blob.', '.queue.')}'
      '${target.connection}__credential': 'managedidentity'
      '${target.connection}__clientId': identity.clientId
    })
)

module newNetworkModule 'network.bicep' = if (network.kind == 'new') {
  name: 'network'
  params: {
    namePrefix: namePrefix
    location: location
    plan: checkedPlan
    addressPrefix: network.?addressPrefix ?? ''
    tags: tags
  }
}

var subnetId = network.kind == 'new' ? newNetworkModule!.outputs.subnetId : (network.?subnetId ?? '')

module storage 'host-storage.bicep' = {
  name: 'host-storage'
  params: {
    name: take('${namePrefix}host${suffix}', 24)
    location: location
    principalId: identity.principalId
    triggerSource: checkedSource
    subnetId: subnetId
    uploaderIps: network.?uploaderIps ?? []
    tags: tags
  }
}

module monitoring 'monitoring.bicep' = {
  name: 'monitoring'
  params: {
    namePrefix: namePrefix
    location: location
    principalId: identity.principalId
    workspaceId: workspaceId
    retentionDays: logRetentionDays
    tags: tags
  }
}

module alerts 'alerts.bicep' = {
  name: 'alerts'
  params: { namePrefix: namePrefix, location: location, insightsId: monitoring.outputs.id, emails: alertEmails, tags: tags }
}

module scheduler 'durable-task-scheduler.bicep' = if (durable == 'durableTaskScheduler') {
  name: 'durable-task-scheduler'
  params: {
    namePrefix: namePrefix
    location: location
    principalId: identity.principalId
    taskHubName: taskHubName
    tags: tags
  }
}

var schedulerSettings = durable == 'durableTaskScheduler'
  ? {
      DURABLE_TASK_SCHEDULER_CONNECTION_STRING: 'Endpoint=${scheduler!.outputs.endpoint};Authentication=ManagedIdentity;ClientID=${identity.clientId}'
      AzureFunctionsJobHost__extensions__durableTask__hubName: taskHubName
      AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: 'azureManaged'
      AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName: 'DURABLE_TASK_SCHEDULER_CONNECTION_STRING'
    }
  : {}

var apiKeyUri = access.?apiKeySecretUri ?? ''
var accessSettings = {
  AUTH_TENANT_ID: access.?tenantId ?? ''
  AUTH_CLIENT_ID: access.?clientId ?? ''
  AUTH_AUTHORITY_HOST: environment().authentication.loginEndpoint
  API_KEY: empty(apiKeyUri) ? '' : '@Microsoft.KeyVault(SecretUri=${apiKeyUri})'
}

var settings = {
  AzureWebJobsStorage__blobServiceUri: storage.outputs.endpoints.blob
  AzureWebJobsStorage__queueServiceUri: storage.outputs.endpoints.queue
  AzureWebJobsStorage__tableServiceUri: storage.outputs.endpoints.table
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identity.clientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: monitoring.outputs.connectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.clientId};Authorization=AAD'
  ROUTES_JSON: string(routes)
  STATE_STORAGE__blobServiceUri: storage.outputs.endpoints.blob
  STATE_STORAGE__clientId: identity.clientId
  SAS_ROTATION_SCHEDULE: schedules.rotateSas
  RECONCILE_SCHEDULE: schedules.reconcile
  RETENTION_SCHEDULE: schedules.retention
  BLOB_TRIGGER_SOURCE: checkedSource
}

module functionApp 'function-app.bicep' = {
  name: 'function-app'
  params: {
    name: '${namePrefix}-${suffix}'
    location: location
    plan: checkedPlan
    identityId: identity.id
    settings: union(connections, appSettings, settings, accessSettings, schedulerSettings)
    packageContainerUrl: '${storage.outputs.endpoints.blob}packages'
    maximumInstances: checkedInstances
    subnetId: subnetId
    tags: tags
  }
}

@description('Name of the app.')
output name string = functionApp.outputs.name

@description('Resource id of the app.')
output id string = functionApp.outputs.id

@description('Host name of the app.')
output hostName string = functionApp.outputs.hostName

@description('Name of the host storage, for uploads of packages.')
output hostStorageName string = storage.outputs.name
