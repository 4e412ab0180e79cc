// The target side in Azure China: no Flex Consumption there, so Elastic Premium.
using '../main.target.bicep'

param namePrefix = 'acrtran'
param location = 'chinanorth3'
param cloud = 'AzureChina'
param routeName = 'public-to-china'
param plan = 'elasticPremium'
param target = {
  registryId: '/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/images/providers/Microsoft.ContainerRegistry/registries/contosocn'
  location: 'chinanorth3'
  pipelineName: 'fromPublic'
}
param importOptions = ['DeleteSourceBlobOnSuccess', 'ContinueOnErrors']
// ACR imports what lands, the app what ACR has not begun after half an hour; nothing is imported without a receipt.
param routeOptions = {
  import: { auto: 'mirror', by: 'service', waitMinutes: 30 }
  receipts: 'required'
}
