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

@description('Whether the app lists the registry\'s repositories: at the source, for requests by patterns.')
param listsRepositories bool

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

// Least roles of the registry's content: tags are resolved before a transfer, digests verified after it. Where AcrPull does
// not count, the list of repositories is a right of its own; Reader, where it is given, may pull in the other mode.
var contentRoles = roleMode == 'abac'
  ? concat(
      [roleIds.containerRegistryRepositoryReader],
      listsRepositories ? [roleIds.containerRegistryRepositoryCatalogLister] : []
    )
  : (runner == 'custom' ? [roleIds.acrPull] : [])
// The built-in role starts runs and reads pipelines, but not the registry, nor who has which role there.
var runnerRoles = runner == 'custom' ? [] : [roleIds.containerRegistryTransferPipelineContributor, roleIds.reader]

resource runs 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (runner == 'custom') {
  scope: registry
  name: guid(registry.id, principalId, 'runs', runner)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: operator.id
  }
}

resource builtIn 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in concat(runnerRoles, contentRoles): {
    scope: registry
    name: guid(registry.id, principalId, role)
    properties: {
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]
