// The source side in the public cloud; its target is in Azure China (target.china.bicepparam), with an app there.
// Its receipts are signed; the key's public half goes into the target's routeOptions.receiptKeys.verify.
using '../main.source.bicep'

param namePrefix = 'acrtran'
param location = 'westeurope'
param cloud = 'AzurePublic'
param routeName = 'public-to-china'
param source = {
  registryId: '/subscriptions/00000000-0000-4000-8000-00000000bbbb/resourceGroups/images/providers/Microsoft.ContainerRegistry/registries/contoso'
  location: 'westeurope'
  pipelineName: 'toChina'
  receiptKeyName: 'receipts'
}
