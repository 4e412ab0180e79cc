// Where logs go: Application Insights on a workspace, with Entra sign-in only.

import { roleIds } from 'roles.bicep'

@description('First letters of the names.')
param namePrefix string

@description('Region of the app.')
param location string

@description('Resource id of a Log Analytics workspace to use instead of a new one. Empty: one is made.')
param workspaceId string

@description('Object id of the app\'s identity.')
param principalId string

@description('Days that logs of a new workspace are kept: 30 to 730.')
@minValue(30)
@maxValue(730)
param retentionDays int

@description('Tags of all that is made.')
param tags object

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = if (empty(workspaceId)) {
  name: '${namePrefix}-logs'
  location: location
  tags: tags
  properties: { sku: { name: 'PerGB2018' }, retentionInDays: retentionDays }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: '${namePrefix}-insights'
  location: location
  tags: tags
  kind: 'web'
  properties: { Application_Type: 'web', WorkspaceResourceId: empty(workspaceId) ? workspace.id : workspaceId, DisableLocalAuth: true }
}

// Least role: the app writes telemetry and reads none.
resource publisher 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: insights
  name: guid(insights.id, principalId, roleIds.monitoringMetricsPublisher)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roleIds.monitoringMetricsPublisher
    )
  }
}

@description('Where telemetry goes. Names an instance; with local authentication off it lets nobody in.')
output connectionString string = insights.properties.ConnectionString

@description('Resource id of the Application Insights component.')
output id string = insights.id
