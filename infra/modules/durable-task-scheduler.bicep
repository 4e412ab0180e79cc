// The Durable Task Scheduler: for many transfers at once, where it is offered.

import { roleIds } from 'roles.bicep'

@description('First letters of the names.')
param namePrefix string

@description('Region of the app.')
param location string

@description('Object id of the app\'s identity.')
param principalId string

@description('Name of the task hub.')
param taskHubName string

@description('Tags of the scheduler.')
param tags object

resource scheduler 'Microsoft.DurableTask/schedulers@2025-11-01' = {
  name: '${namePrefix}-scheduler'
  location: location
  tags: tags
  properties: { ipAllowlist: ['0.0.0.0/0'], sku: { name: 'Consumption' } }

  resource hub 'taskHubs' = {
    name: taskHubName
  }
}

// Least role: works on this hub's instances, and on no other hub's.
resource worker 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: scheduler::hub
  name: guid(scheduler::hub.id, principalId, roleIds.durableTaskDataContributor)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roleIds.durableTaskDataContributor
    )
  }
}

@description('Address of the scheduler.')
output endpoint string = scheduler.properties.endpoint
