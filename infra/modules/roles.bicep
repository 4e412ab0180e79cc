// Azure's built-in roles by what this project calls them. Names, ids and their source: docs/security.md.

@export()
@description('Built-in role definitions, by name.')
var roleIds = {
  acrPull: '7f951dda-4ed3-4680-a7ca-43fe172d538d'
  containerRegistryRepositoryCatalogLister: 'bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7'
  containerRegistryRepositoryReader: 'b93aa761-3e63-49ed-ac28-beffa264f7ac'
  containerRegistryTransferPipelineContributor: 'bf94e731-3a51-4a7c-8c54-a1ab9971dfc1'
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  storageBlobDataContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  storageBlobDataReader: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
  storageBlobDelegator: 'db58b8e5-c6ad-4a2a-8342-4190687cbf4a'
  storageQueueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  storageTableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  storageAccountContributor: '17d1049b-9a84-46fb-8f53-869881c3d3ab'
  storageAccountKeyOperatorServiceRole: '81a9662b-bebf-436f-a333-f67b29880f12'
  keyVaultCryptoUser: '12338af0-0e69-4776-bea7-57ae8d297424'
  keyVaultSecretsOfficer: 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
  keyVaultSecretsUser: '4633458b-17de-408a-b874-0445c86b69e6'
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
  reader: 'acdd72a7-3385-48ef-bd42-f606fba81ae7'
  durableTaskDataContributor: '0ad04412-c4d5-4796-b79c-f76d14c8d402'
}

@export()
@description('Every action that the app asks of a registry over ARM, and no other: it reads pipelines and, to check a route, what it may do; it starts, reads and deletes runs. It follows no operation: a run is read itself.')
var transferOperatorActions = [
  'Microsoft.ContainerRegistry/registries/read'
  'Microsoft.ContainerRegistry/registries/exportPipelines/read'
  'Microsoft.ContainerRegistry/registries/importPipelines/read'
  'Microsoft.ContainerRegistry/registries/pipelineRuns/read'
  'Microsoft.ContainerRegistry/registries/pipelineRuns/write'
  'Microsoft.ContainerRegistry/registries/pipelineRuns/delete'
  'Microsoft.Authorization/permissions/read'
]
