// Values of the azd environment: `azd env set NAME VALUE`. docs/deploy.md has the table.
using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'acr-transfer')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param namePrefix = readEnvironmentVariable('NAME_PREFIX', 'acrtran')
param cloud = readEnvironmentVariable('ROUTE_CLOUD', 'AzurePublic')
param routeName = readEnvironmentVariable('ROUTE_NAME', 'source-to-target')
param routeOptions = json(readEnvironmentVariable('ROUTE_OPTIONS', '{}'))
param webhookVaultId = readEnvironmentVariable('WEBHOOK_VAULT_ID', '')
param plan = readEnvironmentVariable('HOSTING_PLAN', 'flex')
param alertEmail = readEnvironmentVariable('ALERT_EMAIL', '')
param source = {
  registryId: readEnvironmentVariable('SOURCE_REGISTRY_ID', '')
  location: readEnvironmentVariable('SOURCE_LOCATION', 'westeurope')
  pipelineName: readEnvironmentVariable('EXPORT_PIPELINE', 'toTarget')
}
param target = {
  registryId: readEnvironmentVariable('TARGET_REGISTRY_ID', '')
  location: readEnvironmentVariable('TARGET_LOCATION', 'westeurope')
  pipelineName: readEnvironmentVariable('IMPORT_PIPELINE', 'fromSource')
}
