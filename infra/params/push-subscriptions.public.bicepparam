// For the registry that `npm run routes:print -- --routes routes.sample.json` lists.
using '../main.push-subscriptions.bicep'

param registryName = 'contoso'
param appId = '/subscriptions/00000000-0000-4000-8000-00000000bbbb/resourceGroups/app/providers/Microsoft.Web/sites/contoso-transfer'
