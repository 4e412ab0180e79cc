// For the routes of routes.sample.json, as `npm run routes:print -- --routes routes.sample.json` lists them.
using '../main.subscriptions.bicep'

param storageAccountName = 'contosotgt'
param appId = '/subscriptions/00000000-0000-4000-8000-00000000bbbb/resourceGroups/app/providers/Microsoft.Web/sites/contoso-transfer'
param blobTriggers = [{ functionName: 'importBlob_abb3aaca', container: 'transfer' }]
