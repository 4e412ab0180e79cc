// The app of a source side: it exports and, where the target container can be reached, copies. The target has an app
// of its own (main.target.bicep); neither calls the other. With `serves: both` it serves a target in another tenant or
// cloud too, which main.side.bicep has made there.
// Deploy into the resource group of the app; what the side needs goes into the group of its registry.

import { networkOption } from 'modules/app.bicep'
import { roleIds } from 'modules/roles.bicep'
import {
  apiAccess
  durableBackend
  exportOption
  hostingPlan
  routeSide
  runnerRole
} from 'modules/types.bicep'

@description('First letters of the names of what is made: 3 to 8 of a-z and 0-9.')
@minLength(3)
@maxLength(8)
param namePrefix string

@description('Region of the app.')
param location string = resourceGroup().location

@description('The cloud of this side, as routes name it.')
@allowed(['AzurePublic', 'AzureUSGovernment', 'AzureChina'])
param cloud string

@description('Name of the route: 1 to 63 of a-z, 0-9 and inner hyphens.')
@minLength(1)
@maxLength(63)
param routeName string

@description('The source side.')
param source routeSide

@description('Options of the export pipeline.')
param exportOptions exportOption[] = ['OverwriteBlobs', 'ContinueOnErrors']

@description('The target side as the route names it (docs/deploy.md), or empty: then the archive is handed over.')
param target object = {}

@description('Which sides this app serves: `source`, or `both` where `target` is complete, with registry, pipeline and credential.')
@allowed(['source', 'both'])
param serves string = 'source'

@description('Resource id of the vault with the certificate of the other side\'s credential, where it has one: the app\'s identity gets to read secrets there. Default: none.')
param certificateVaultId string = ''

@description('Further keys of the route, such as retry, schedules, onPush or webhook.')
param routeOptions object = {}

@description('Resource id of the vault with the secret of routeOptions.webhook: the app\'s identity gets to read that one secret, which must exist. Default: none.')
param webhookVaultId string = ''

@description('Further routes of this app, complete. Their registries, pipelines and rights are not made here; the connections of their targets are.')
param furtherRoutes object[] = []

@description('Further app settings by name, such as those that routes name as %NAME%. A deployment replaces all settings: what is set by hand is lost. A secret is a reference to a vault.')
param appSettings object = {}

@description('Resource id of a user-assigned identity for the app. Default: one is made.')
param identityId string = ''

@description('Resource id of a Log Analytics workspace for its logs. Default: one is made.')
param workspaceId string = ''

@description('Where the app runs. Flex is not in every cloud.')
param plan hostingPlan = 'flex'

@description('Where Durable keeps its state.')
param durable durableBackend = 'azureStorage'

@description('Most instances of the app: 40 to 1,000 (flex), 1 to 20 (elasticPremium).')
@minValue(1)
@maxValue(1000)
param maximumInstances int = plan == 'flex' ? 40 : 5

@description('Subnet of the app for its outgoing calls.')
param network networkOption = { kind: 'none' }

@description('How the right to start runs is given.')
param runner runnerRole = 'custom'

@description('E-mail addresses that alerts go to.')
param alertEmails string[] = []

@description('Days that logs are kept: 30 to 730.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Who may call the HTTP API. Default: whoever has a function key.')
param access apiAccess = { kind: 'functionKey' }

@description('NCRONTAB schedules in UTC: rotation of SAS tokens, reconciling, and retention.')
param schedules { rotateSas: string, reconcile: string, retention: string } = {
  rotateSas: '0 17 * * * *'
  reconcile: '0 */10 * * * *'
  retention: '0 30 3 * * *'
}

@description('Tags of all that is made.')
param tags object = {}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  params: { name: '${namePrefix}-identity', location: location, existingId: identityId, tags: tags }
}

module sourceSide 'modules/source-side.bicep' = {
  name: 'source-side'
  scope: resourceGroup(split(source.registryId, '/')[2], split(source.registryId, '/')[4])
  params: {
    namePrefix: namePrefix
    side: source
    options: exportOptions
    appPrincipalId: identity.outputs.principalId
    runner: runner
    tags: tags
  }
}

// Least role: the certificate by which the app signs in on the other side is read as a secret.
module appOnCertificate 'modules/vault-rights.bicep' = if (!empty(certificateVaultId)) {
  name: 'app-on-certificate'
  scope: resourceGroup(
    empty(certificateVaultId) ? subscription().subscriptionId : split(certificateVaultId, '/')[2],
    empty(certificateVaultId) ? resourceGroup().name : split(certificateVaultId, '/')[4]
  )
  params: {
    vaultName: last(split(certificateVaultId, '/'))
    principalId: identity.outputs.principalId
    role: roleIds.keyVaultSecretsUser
  }
}

// Least role: one secret is read, not its vault.
module appOnWebhookSecret 'modules/secret-rights.bicep' = if (!empty(webhookVaultId)) {
  name: 'app-on-webhook-secret'
  scope: resourceGroup(
    empty(webhookVaultId) ? subscription().subscriptionId : split(webhookVaultId, '/')[2],
    empty(webhookVaultId) ? resourceGroup().name : split(webhookVaultId, '/')[4]
  )
  params: {
    vaultName: last(split(webhookVaultId, '/'))
    secretName: routeOptions.?webhook.?secret.?name ?? ''
    principalId: identity.outputs.principalId
  }
}

var sourceOfRoute = {
  cloud: cloud
  tenantId: tenant().tenantId
  credential: { type: 'managedIdentity', clientId: identity.outputs.clientId }
  registry: source.registryId
  exportPipeline: source.pipelineName
  container: sourceSide.outputs.containerUrl
  sas: sourceSide.outputs.sas
}
// This app has one identity, by which it signs in itself or proves to an application of the target who it is.
var targetCredential = target.?credential ?? { type: 'managedIdentity' }
var ownIdentity = targetCredential.type == 'managedIdentity'
  ? { clientId: identity.outputs.clientId }
  : { identityClientId: identity.outputs.clientId }
var receiptKeys = sourceSide.outputs.receiptKeys
var checkedServes = serves == 'both' && empty(target)
  ? fail('serves both without target; allowed: serves source, or the target side as main.side.bicep gives it out')
  : serves
var ofTemplate = union(
  {
    name: routeName
    serves: checkedServes
    source: sourceOfRoute
  },
  empty(target) ? {} : { target: union(target, { credential: ownIdentity }) },
  empty(receiptKeys) ? {} : { receiptKeys: receiptKeys }
)
var route = union(routeOptions, ofTemplate)
// The URL of a webhook may be a secret, and no subscription depends on it.
var shownOptions = toObject(
  filter(items(routeOptions), option => toLower(option.key) != 'webhook'),
  option => option.key,
  option => option.value
)

module app 'modules/app.bicep' = {
  name: 'app'
  params: {
    namePrefix: namePrefix
    location: location
    cloud: cloud
    plan: plan
    triggerSource: 'EventGrid'
    durable: durable
    maximumInstances: maximumInstances
    network: network
    alertEmails: alertEmails
    logRetentionDays: logRetentionDays
    workspaceId: workspaceId
    identity: {
      id: empty(identityId)
        ? resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', '${namePrefix}-identity')
        : identityId
      principalId: identity.outputs.principalId
      clientId: identity.outputs.clientId
    }
    routes: concat([route], furtherRoutes)
    appSettings: appSettings
    schedules: schedules
    access: access
    tags: tags
  }
}

@description('Name of the app.')
output appName string = app.outputs.name

@description('Resource id of the app.')
output appId string = app.outputs.id

@description('Name of the host storage, for uploads of packages.')
output hostStorageName string = app.outputs.hostStorageName

@description('Host name of the app.')
output appHostName string = app.outputs.hostName

@description('The source side as a route names it. Holds no secret.')
output sourceOfRoute object = sourceOfRoute

@description('The route as the app reads it, but for its webhook. Holds no secret.')
output route object = union(shownOptions, ofTemplate)
