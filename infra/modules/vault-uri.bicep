// The address of a vault that may be another deployment's; its suffix differs between clouds.

@description('Name of the vault.')
param vaultName string

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

@description('Address of the vault, with a trailing slash.')
output uri string = vault.properties.vaultUri
