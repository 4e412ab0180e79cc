// Public cloud: Flex Consumption and Event Grid. Replace what is contoso's.
using '../main.both.bicep'

var subscription = '00000000-0000-4000-8000-00000000bbbb'

param namePrefix = 'acrtran'
param location = 'westeurope'
param cloud = 'AzurePublic'
param routeName = 'team-to-platform'
param source = {
  registryId: '/subscriptions/${subscription}/resourceGroups/images/providers/Microsoft.ContainerRegistry/registries/contoso'
  location: 'westeurope'
  pipelineName: 'toPlatform'
}
param target = {
  registryId: '/subscriptions/${subscription}/resourceGroups/platform/providers/Microsoft.ContainerRegistry/registries/platform'
  location: 'northeurope'
  pipelineName: 'fromTeam'
}
param alertEmails = ['platform@contoso.example']
