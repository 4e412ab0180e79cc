// All of a route's target side but the registry: container, vault, import pipeline, and who may do what there.
// Deployed into the registry's resource group, in its subscription.

import { roleIds } from 'roles.bicep'
import { importOption, routeSide, runnerRole, blobTriggerSource } from 'types.bicep'

@description('First letters of the names of what is made: 3 to 8 of a-z and 0-9.')
@minLength(3)
@maxLength(8)
param namePrefix string

@description('The target side.')
param side routeSide

@description('Options of the import pipeline.')
param options importOption[]

@description('Whether ACR imports blobs that land by itself.')
param sourceTriggerStatus string

@description('How the app notices blobs that land: polling needs more rights.')
param triggerSource blobTriggerSource

@description('Object id of the app\'s identity.')
param appPrincipalId string

@description('How the right to start runs is given.')
param runner runnerRole

@description('Tags of all that is made.')
param tags object

var accessMode = side.?storageAccessMode ?? 'SasToken'
var usesToken = accessMode == 'SasToken'
var sas = side.?sas ?? { kind: 'userDelegation', days: 6 }
var signsWithKey = usesToken && sas.kind != 'userDelegation'
var receiptsContainer = 'acr-transfer-receipts'
var registryName = last(split(side.registryId, '/'))
var containerName = side.?container ?? 'transfer'
var secretName = side.?sasTokenSecretName ?? '${side.pipelineName}-sas'
var suffix = uniqueString(resourceGroup().id, side.registryId)
var newAccountName = take('${namePrefix}tgt${suffix}', 24)
var newVaultName = take('${namePrefix}-tgt-${suffix}', 24)
var makesAccount = empty(side.?storageAccountId)
var signsReceipts = !empty(side.?receiptKeyName)
var usesVault = usesToken || signsReceipts
var makesVault = usesVault && empty(side.?keyVaultId)
var accountId = side.?storageAccountId ?? resourceId('Microsoft.Storage/storageAccounts', newAccountName)
var vaultId = side.?keyVaultId ?? resourceId('Microsoft.KeyVault/vaults', newVaultName)
var account = { name: last(split(accountId, '/')), subscription: split(accountId, '/')[2], group: split(accountId, '/')[4] }
var vault = { name: last(split(vaultId, '/')), subscription: split(vaultId, '/')[2], group: split(vaultId, '/')[4] }

module storage 'transfer-storage.bicep' = if (makesAccount) {
  name: 'target-storage'
  params: {
    name: newAccountName
    location: side.location
    archives: { container: containerName, days: side.?archivesDays ?? 30 }
    receipts: { container: receiptsContainer, days: side.?receiptsDays ?? 365 }
    allowAccountKeys: signsWithKey
    tags: tags
  }
}

module container 'container.bicep' = {
  name: 'target-container'
  scope: resourceGroup(account.subscription, account.group)
  params: { accountName: account.name, containerName: containerName }
  dependsOn: [storage]
}

// A container of its own: ACR's trigger would try to import a receipt.
module receipts 'container.bicep' = {
  name: 'target-receipts'
  scope: resourceGroup(account.subscription, account.group)
  params: { accountName: account.name, containerName: receiptsContainer }
  dependsOn: [storage]
}

module newVault 'key-vault.bicep' = if (makesVault) {
  name: 'target-vault'
  params: { name: newVaultName, location: side.location, tags: tags }
}

module vaultUri 'vault-uri.bicep' = if (usesToken) {
  name: 'target-vault-uri'
  scope: resourceGroup(vault.subscription, vault.group)
  params: { vaultName: vault.name }
  dependsOn: [newVault]
}

module pipeline 'import-pipeline.bicep' = {
  name: 'import-pipeline'
  params: {
    registryName: registryName
    pipelineName: side.pipelineName
    location: side.location
    containerUrl: container.outputs.url
    accessMode: accessMode
    secretUri: usesToken ? '${vaultUri!.outputs.uri}secrets/${secretName}' : ''
    options: options
    sourceTriggerStatus: sourceTriggerStatus
    userAssignedIdentityId: side.?userAssignedIdentityId ?? ''
  }
}

// Least role of the pipeline: with a token it only reads the secret.
module pipelineOnVault 'vault-rights.bicep' = if (usesToken) {
  name: 'target-pipeline-on-vault'
  scope: resourceGroup(vault.subscription, vault.group)
  params: { vaultName: vault.name, principalId: pipeline.outputs.principalId, role: roleIds.keyVaultSecretsUser }
  dependsOn: [newVault]
}

// Least role of the pipeline: without a token it reads (and, if told so, deletes) blobs of this container itself.
module pipelineOnContainer 'container-rights.bicep' = if (!usesToken) {
  name: 'target-pipeline-on-container'
  scope: resourceGroup(account.subscription, account.group)
  params: {
    accountName: account.name
    containerName: containerName
    principalId: pipeline.outputs.principalId
    role: contains(options, 'DeleteSourceBlobOnSuccess')
      ? roleIds.storageBlobDataContributor
      : roleIds.storageBlobDataReader
  }
}

module appOnRegistry 'registry-rights.bicep' = {
  name: 'target-app-on-registry'
  params: {
    registryName: registryName
    principalId: appPrincipalId
    runner: runner
    roleMode: side.?registryRoleMode ?? 'rbac'
    listsRepositories: false
  }
}

// Least role: the app writes the archive, claims blobs by their metadata, and signs an import's token.
module appOnContainer 'container-rights.bicep' = {
  name: 'target-app-on-container'
  scope: resourceGroup(account.subscription, account.group)
  params: {
    accountName: account.name
    containerName: containerName
    principalId: appPrincipalId
    role: roleIds.storageBlobDataContributor
  }
  dependsOn: [container]
}

// Least role: receipts are written, read when they come back, and deleted with their transfer.
module appOnReceipts 'container-rights.bicep' = {
  name: 'target-app-on-receipts'
  scope: resourceGroup(account.subscription, account.group)
  params: {
    accountName: account.name
    containerName: receiptsContainer
    principalId: appPrincipalId
    role: roleIds.storageBlobDataContributor
  }
  dependsOn: [receipts]
}

// Least roles: the blob trigger's poison queue; the check of a route (Reader); user delegation keys, or account keys,
// where tokens are minted with them; polling reads the logs.
var accountRoles = concat(
  [roleIds.storageQueueDataContributor, roleIds.reader],
  usesToken && !signsWithKey ? [roleIds.storageBlobDelegator] : [],
  signsWithKey ? [roleIds.storageAccountKeyOperatorServiceRole] : [],
  triggerSource == 'LogsAndContainerScan' ? [roleIds.storageBlobDataOwner] : []
)

module appOnAccount 'account-rights.bicep' = {
  name: 'target-app-on-account'
  scope: resourceGroup(account.subscription, account.group)
  params: { accountName: account.name, principalId: appPrincipalId, roles: accountRoles }
  dependsOn: [storage]
}

// Least role: rotation reads, writes, lists and disables versions of secrets; Secrets User could only read.
module appOnVault 'vault-rights.bicep' = if (usesToken) {
  name: 'target-app-on-vault'
  scope: resourceGroup(vault.subscription, vault.group)
  params: { vaultName: vault.name, principalId: appPrincipalId, role: roleIds.keyVaultSecretsOfficer }
  dependsOn: [newVault]
}

module receiptKey 'receipt-key.bicep' = if (signsReceipts) {
  name: 'target-receipt-key'
  scope: resourceGroup(vault.subscription, vault.group)
  params: { vaultName: vault.name, keyName: side.?receiptKeyName ?? 'receipts', principalId: appPrincipalId }
  dependsOn: [newVault]
}

@description('URL of the container.')
output containerUrl string = container.outputs.url

@description('Resource id of the storage account.')
output storageAccountId string = accountId

@description('How the app makes SAS tokens, as the side of a route names it; no token and no key is in it.')
output sas object = signsWithKey ? union(sas, { account: accountId }) : sas

@description('Keys of receipts, as a route names them; empty where this side\'s receipts are not signed.')
output receiptKeys object = signsReceipts
  ? { sign: { vault: 'https://${vault.name}${environment().suffixes.keyvaultDns}', key: side.?receiptKeyName } }
  : {}
