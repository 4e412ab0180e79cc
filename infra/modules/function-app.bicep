// The Functions app: Node 22 on Linux, on either plan. Its package lies in the host storage, read with its identity.

import { hostingPlan } from 'types.bicep'

@description('Name of the app, unique in its cloud: 2 to 60 letters, digits and hyphens.')
@minLength(2)
@maxLength(60)
param name string

@description('Region of the app.')
param location string

@description('Where the app runs.')
param plan hostingPlan

@description('Resource id of the app\'s identity.')
param identityId string

@description('App settings by name.')
param settings object

@description('URL of the container of the package, without trailing slash.')
param packageContainerUrl string

@description('Most instances: 40 to 1,000 (flex), 1 to 20 (elasticPremium).')
@minValue(1)
@maxValue(1000)
param maximumInstances int

@description('Resource id of the subnet for outgoing calls. Empty: none.')
param subnetId string

@description('Tags of the app. `azd` finds it by azd-service-name.')
param tags object

var isFlex = plan == 'flex'
var onPackage = {
  FUNCTIONS_EXTENSION_VERSION: '~4'
  FUNCTIONS_WORKER_RUNTIME: 'node'
  WEBSITE_RUN_FROM_PACKAGE: '${packageContainerUrl}/acr-transfer.zip'
  WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID: identityId
}

resource servers 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: '${name}-plan'
  location: location
  tags: tags
  kind: isFlex ? 'functionapp' : 'elastic'
  sku: isFlex ? { tier: 'FlexConsumption', name: 'FC1' } : { tier: 'ElasticPremium', name: 'EP1' }
  properties: { reserved: true, maximumElasticWorkerCount: isFlex ? null : maximumInstances }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identityId}': {} } }
  properties: {
    serverFarmId: servers.id
    httpsOnly: true
    clientAffinityEnabled: false
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: isFlex
      ? {
          runtime: { name: 'node', version: '22' }
          scaleAndConcurrency: { instanceMemoryMB: 2048, maximumInstanceCount: maximumInstances }
          deployment: {
            storage: {
              type: 'blobContainer'
              value: packageContainerUrl
              authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
            }
          }
        }
      : null
    siteConfig: {
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      linuxFxVersion: isFlex ? null : 'NODE|22'
      vnetRouteAllEnabled: isFlex || empty(subnetId) ? null : true
    }
  }

  resource appSettings 'config' = {
    name: 'appsettings'
    properties: union(settings, isFlex ? {} : onPackage)
  }

  // Publishing is by the platform or with Entra identities; these two would take a password.
  resource noFtp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource noScm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

@description('Name of the app.')
output name string = app.name

@description('Resource id of the app.')
output id string = app.id

@description('Host name of the app.')
output hostName string = app.properties.defaultHostName
