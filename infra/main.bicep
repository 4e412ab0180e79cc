// What `azd up` deploys: a resource group, and in it an app that serves both sides of one route.

targetScope = 'subscription'

import { hostingPlan, routeSide } from 'modules/types.bicep'

@description('Name of the azd environment: 1 to 64 letters, digits and hyphens.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('Region of the app.')
param location string

@description('First letters of the names of what is made: 3 to 8 of a-z and 0-9.')
@minLength(3)
@maxLength(8)
param namePrefix string

@description('The cloud of both sides, as routes name it.')
@allowed(['AzurePublic', 'AzureUSGovernment', 'AzureChina'])
param cloud string

@description('Name of the route.')
param routeName string

@description('The source side.')
param source routeSide

@description('The target side.')
param target routeSide

@description('Further keys of the route, such as retry, schedules, onPush or webhook.')
param routeOptions object

@description('Resource id of the vault with the secret of the route\'s webhook. Empty: none.')
param webhookVaultId string

@description('Where the app runs.')
param plan hostingPlan

@description('E-mail address that alerts go to. Empty: none.')
param alertEmail string

// azd deploys by zip, which an app that runs from the URL of a package answers with 409.
var checkedPlan = plan == 'elasticPremium'
  ? fail('plan elasticPremium: azd cannot deploy its package; allowed: flex, or main.both.bicep and infra/hooks/upload-package.sh (docs/deploy.md)')
  : plan
var tags = { 'azd-env-name': environmentName }

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module both 'main.both.bicep' = {
  name: 'acr-transfer'
  scope: group
  params: {
    namePrefix: namePrefix
    location: location
    cloud: cloud
    routeName: routeName
    source: source
    target: target
    routeOptions: routeOptions
    webhookVaultId: webhookVaultId
    plan: checkedPlan
    alertEmails: empty(alertEmail) ? [] : [alertEmail]
    tags: tags
  }
}

@description('Resource group of the app.')
output AZURE_RESOURCE_GROUP string = group.name

@description('Resource id of the app, for the subscriptions.')
output APP_ID string = both.outputs.appId

@description('Host name of the app.')
output APP_HOST_NAME string = both.outputs.appHostName

@description('The routes of the app as JSON, but for their webhooks. Holds no secret.')
output ROUTES_JSON string = string([both.outputs.route])

@description('Resource id of the target\'s storage account, for the subscriptions.')
output TARGET_STORAGE_ACCOUNT_ID string = both.outputs.targetStorageAccountId
