// All of a route's source side but the registry: container, vault, export pipeline, and who may do what there.
// Deployed into the registry's resource group, in its subscription.

import { roleIds } from 'roles.bicep'
import { exportOption, routeSide, runnerRole } from 'types.bicep'

@description('First letters of the names of what is made: 3 to 8 of a-z and 0-9.')
@minLength(3)
@maxLength(8)
param namePrefix string

@description('The source side.')
param side routeSide

@description('Options of the export pipeline.')
param options exportOption[]

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
var newAccountName = take('${namePrefix}src${suffix}', 24)
var newVaultName = take('${namePrefix}-src-${suffix}', 24)
var makesAccount = empty(side.?storageAccountId)
var signsReceipts = !empty(side.?receiptKeyName)
var usesVault = usesToken || signsReceipts
var makesVault = usesVault && empty(side.?keyVaultId)
var accountId = side.?storageAccountId ?? resourceId('Microsoft.Storage/storageAccounts', newAccountName)
var vaultId = side.?keyVaultId ?? resourceId('Microsoft.KeyVault/vaults', newVaultName)
var account = { name: last(split(accountId, '/')), subscription: split(accountId, '/')[2], group: split(accountId, '/')[4] }
var vault = { name: last(split(vaultId, '/')), subscription: split(vaultId, '/')[2], group: split(vaultId, '/')[4] }

module storage 'transfer-storage.bicep' = if (makesAccount) {
  name: 'source-storage'
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
  name: 'source-container'
  scope: resourceGroup(account.subscription, account.group)
  params: { accountName: account.name, containerName: containerName }
  dependsOn: [storage]
}

// A container of its own: ACR's trigger would try to import a receipt.
module receipts 'container.bicep' = {
  name: 'source-receipts'
  scope: resourceGroup(account.subscription, account.group)
  params: { accountName: account.name, containerName: receiptsContainer }
  dependsOn: [storage]
}

module newVault 'key-vault.bicep' = if (makesVault) {
  name: 'source-vault'
  params: { name: newVaultName, location: side.location, tags: tags }
}

module vaultUri 'vault-uri.bicep' = if (usesToken) {
  name: 'source-vault-uri'
  scope: resourceGroup(vault.subscription, vault.group)
  params: { vaultName: vault.name }
  dependsOn: [newVault]
}

module pipeline 'export-pipeline.bicep' = {
  name: 'export-pipeline'
  params: {
    registryName: registryName
    pipelineName: side.pipelineName
    location: side.location
    containerUrl: container.outputs.url
    accessMode: accessMode
    secretUri: usesToken ? '${vaultUri!.outputs.uri}secrets/${secretName}' : ''
    options: options
    userAssignedIdentityId: side.?userAssignedIdentityId ?? ''
  }
}

// Least role of the pipeline: with a token it only reads the secret.
module pipelineOnVault 'vault-rights.bicep' = if (usesToken) {
  name: 'source-pipeline-on-vault'
  scope: resourceGroup(vault.subscription, vault.group)
  params: { vaultName: vault.name, principalId: pipeline.outputs.principalId, role: roleIds.keyVaultSecretsUser }
  dependsOn: [newVault]
}

// Least role of the pipeline: without a token it writes blobs of this container itself.
module pipelineOnContainer 'container-rights.bicep' = if (!usesToken) {
  name: 'source-pipeline-on-container'
  scope: resourceGroup(account.subscription, account.group)
  params: {
    accountName: account.name
    containerName: containerName
    principalId: pipeline.outputs.principalId
    role: roleIds.storageBlobDataContributor
  }
}

module appOnRegistry 'registry-rights.bicep' = {
  name: 'source-app-on-registry'
  params: {
    registryName: registryName
    principalId: appPrincipalId
    runner: runner
    roleMode: side.?registryRoleMode ?? 'rbac'
    listsRepositories: true
  }
}

// Least role: archives are read for the copy and deleted when they are due; and a SAS token can do no more than who signs
// it, while an export's token reads, adds, writes and lists.
module appOnContainer 'container-rights.bicep' = {
  name: 'source-app-on-container'
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
  name: 'source-app-on-receipts'
  scope: resourceGroup(account.subscription, account.group)
  params: {
    accountName: account.name
    containerName: receiptsContainer
    principalId: appPrincipalId
    role: roleIds.storageBlobDataContributor
  }
  dependsOn: [receipts]
}

// Least roles: user delegation keys are asked of the account, not of a container; the check of a route reads the
// account's settings and who has which role there; account keys only where the route signs tokens with one.
var accountRoles = concat(
  [roleIds.storageBlobDelegator, roleIds.reader],
  signsWithKey ? [roleIds.storageAccountKeyOperatorServiceRole] : []
)

module appOnAccount 'account-rights.bicep' = {
  name: 'source-app-on-account'
  scope: resourceGroup(account.subscription, account.group)
  params: { accountName: account.name, principalId: appPrincipalId, roles: accountRoles }
  dependsOn: [storage]
}

// Least role: rotation reads, writes, lists and disables versions of secrets; Secrets User could only read.
module appOnVault 'vault-rights.bicep' = if (usesToken) {
  name: 'source-app-on-vault'
  scope: resourceGroup(vault.subscription, vault.group)
  params: { vaultName: vault.name, principalId: appPrincipalId, role: roleIds.keyVaultSecretsOfficer }
  dependsOn: [newVault]
}

module receiptKey 'receipt-key.bicep' = if (signsReceipts) {
  name: 'source-receipt-key'
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
