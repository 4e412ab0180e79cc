// The key that a side's receipts are signed with. Its private half never leaves the vault; the other side is given the
// public one (docs/deploy.md).

import { roleIds } from 'roles.bicep'

@description('Name of the vault; it uses roles, not access policies.')
param vaultName string

@description('Name of the key: 1 to 127 letters, digits and hyphens.')
@minLength(1)
@maxLength(127)
param keyName string

@description('Object id of who signs.')
param principalId string

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName

  resource key 'keys' = {
    name: keyName
    properties: { kty: 'EC', curveName: 'P-256', keyOps: ['sign', 'verify'] }
  }
}

// Least role: signs with this key and reads its public half; makes and deletes none.
resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault::key
  name: guid(vault::key.id, principalId, roleIds.keyVaultCryptoUser)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.keyVaultCryptoUser)
  }
}
