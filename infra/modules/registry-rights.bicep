// What the app may do on one registry: start, follow and delete runs over ARM, and read manifests and tags.

import { roleIds, transferOperatorActions } from 'roles.bicep'
import { registryRoleMode, runnerRole } from 'types.bicep'

@description('Name of the registry.')
param registryName string

@description('Object id of the app\'s identity.')
param principalId string

@description('How the right to start runs is given.')
param runner runnerRole

@description('Role assignment permissions mode of the registry.')
param roleMode registryRoleMode

resource registry 'Microsoft.ContainerRegistry/registries@2025-04-01' existing = {
  name: registryName
}

resource operator 'Microsoft.Authorization/roleDefinitions@2022-04-01' = if (runner == 'custom') {
  name: guid(registry.id, 'transfer operator')
  properties: {
    roleName: 'ACR Transfer Operator (${registryName}, ${uniqueString(registry.id)})'
    description: 'Starts, reads and deletes pipeline runs and reads pipelines; cannot change a pipeline.'
    type: 'CustomRole'
    assignableScopes: [resourceGroup().id]
    permissions: [{ actions: transferOperatorActions, notActions: [], dataActions: [], notDataActions: [] }]
  }
}

var builtInRunner = roleIds.containerRegistryTransferPipelineContributor
var reader = roleMode == 'abac' ? roleIds.containerRegistryRepositoryReader : roleIds.acrPull

// Least role: starts runs and reads what became of them.
resource runs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: registry
  name: guid(registry.id, principalId, 'runs', runner)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: runner == 'custom'
      ? operator.id
      : subscriptionResourceId('Microsoft.Authorization/roleDefinitions', builtInRunner)
  }
}

// Least role: resolves tags before a transfer, verifies digests after it.
resource manifests 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: registry
  name: guid(registry.id, principalId, reader)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', reader)
  }
}
