// US Government: Elastic Premium in a network of its own, pipelines that reach storage with their own identities.
using '../main.both.bicep'

var subscription = '00000000-0000-4000-8000-00000000bbbb'

param namePrefix = 'acrtran'
param location = 'usgovvirginia'
param cloud = 'AzureUSGovernment'
param routeName = 'build-to-run'
param plan = 'elasticPremium'
// Who uploads the package comes from these addresses.
param network = { kind: 'new', addressPrefix: '10.60.0.0/24', uploaderIps: ['203.0.113.7'] }
param source = {
  registryId: '/subscriptions/${subscription}/resourceGroups/build/providers/Microsoft.ContainerRegistry/registries/contosobuild'
  location: 'usgovvirginia'
  pipelineName: 'toRun'
  storageAccessMode: 'ManagedIdentity'
}
param target = {
  registryId: '/subscriptions/${subscription}/resourceGroups/run/providers/Microsoft.ContainerRegistry/registries/contosorun'
  location: 'usgovarizona'
  pipelineName: 'fromBuild'
  storageAccessMode: 'ManagedIdentity'
  registryRoleMode: 'abac'
}
