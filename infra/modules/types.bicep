// The parameters that several templates share, with their limits.

@export()
@description('How the right to start runs is given: `custom` defines a role with exactly the actions that the app needs; `builtIn` assigns Container Registry Transfer Pipeline Contributor, which may also change pipelines, for deployers who may not define roles.')
type runnerRole = 'custom' | 'builtIn'

@export()
@description('Role assignment permissions mode of a registry: `rbac` (RBAC Registry Permissions) or `abac` (RBAC Registry + ABAC Repository Permissions).')
type registryRoleMode = 'rbac' | 'abac'

@export()
@description('How a pipeline reaches its container: by a SAS token in a vault, which the app rotates, or by its own identity.')
type storageAccessMode = 'SasToken' | 'ManagedIdentity'

@export()
@description('What an export pipeline may do beyond the default.')
type exportOption = 'OverwriteBlobs' | 'ContinueOnErrors'

@export()
@description('What an import pipeline may do beyond the default.')
type importOption = 'OverwriteTags' | 'DeleteSourceBlobOnSuccess' | 'ContinueOnErrors'

@export()
@description('Name of a registry or a pipeline: 5 to 50 letters and digits.')
@minLength(5)
@maxLength(50)
type acrName = string

@export()
@description('Name of a blob container: 3 to 63 of a-z, 0-9 and single hyphens.')
@minLength(3)
@maxLength(63)
type containerName = string

@export()
@description('One side of a route: its registry, and what is there already.')
type routeSide = {
  @description('Resource id of the registry. It must be Premium; storage, vault and pipeline are made in its resource group.')
  registryId: string

  @description('Region of the registry, for what is made beside it.')
  location: string

  @description('Role assignment permissions mode of the registry. Default rbac.')
  registryRoleMode: registryRoleMode?

  @description('Name of the pipeline.')
  pipelineName: acrName

  @description('Container of the archives; no other pipeline may use it. Default transfer.')
  container: containerName?

  @description('Resource id of a storage account to use instead of a new one. Its lifecycle rules stay as they are.')
  storageAccountId: string?

  @description('Resource id of a vault (RBAC) to use instead of a new one. Only for SasToken.')
  keyVaultId: string?

  @description('Name of the secret that holds the SAS token: 1 to 127 letters, digits and hyphens. Default {pipeline}-sas.')
  @minLength(1)
  @maxLength(127)
  sasTokenSecretName: string?

  @description('How the pipeline reaches the container. Default SasToken.')
  storageAccessMode: storageAccessMode?

  @description('Resource id of a user-assigned identity for the pipeline. Default: an identity of its own.')
  userAssignedIdentityId: string?

  @description('Days after which a lifecycle rule deletes archives that nothing else deleted: 1 to 365. Default 30.')
  @minValue(1)
  @maxValue(365)
  archivesDays: int?

  @description('Days after which a lifecycle rule deletes receipts that nothing else deleted: 1 to 3,650. Default 365, as reports are kept.')
  @minValue(1)
  @maxValue(3650)
  receiptsDays: int?

  @description('How the app makes the SAS tokens. Default by user delegation, for 6 days. Only for SasToken.')
  sas: sasKind?

  @description('Name of a key to sign this side\'s receipts with: 1 to 127 letters, digits and hyphens. It is made in the vault of the side (keyVaultId, or a new one). Default: receipts are not signed.')
  @minLength(1)
  @maxLength(127)
  receiptKeyName: string?
}

@export()
@description('A container and the days that its blobs are kept: 1 to 3,650.')
type keptBlobs = {
  container: containerName

  @minValue(1)
  @maxValue(3650)
  days: int
}

@export()
@description('How SAS tokens are made: with a user delegation key; or with a key of the storage account (which must then accept its keys), for the container, for the account, or by a stored access policy.')
@discriminator('kind')
type sasKind = userDelegationSas | accountKeySas | accountSas | storedPolicySas
type userDelegationSas = {
  kind: 'userDelegation'

  @description('Days that a token is good: 1 to 6.')
  @minValue(1)
  @maxValue(6)
  days: int
}
type accountKeySas = {
  kind: 'accountKey'

  @description('Days that a token is good: 1 to 365.')
  @minValue(1)
  @maxValue(365)
  days: int
}
type accountSas = {
  kind: 'account'

  @description('Days that a token is good: 1 to 365.')
  @minValue(1)
  @maxValue(365)
  days: int
}
type storedPolicySas = {
  kind: 'storedPolicy'

  @description('Days that a token is good: 1 to 365.')
  @minValue(1)
  @maxValue(365)
  days: int

  @description('Name of the stored access policy: 1 to 64 letters, digits, hyphens and underscores.')
  @minLength(1)
  @maxLength(64)
  policy: string
}

@export()
@description('How an app of another tenant or cloud signs in on a side: as an application that trusts the app\'s managed identity (`federated`), or as one with a certificate in a vault of the app\'s own cloud. docs/deploy.md says what is registered by hand.')
@discriminator('type')
type foreignCredential = federatedCredential | certificateCredential
type federatedCredential = {
  type: 'federated'

  @description('Client id of the application in the side\'s tenant.')
  clientId: string
}
type certificateCredential = {
  type: 'certificate'

  @description('Client id of the application in the side\'s tenant.')
  clientId: string

  @description('Origin of the vault that holds the certificate, such as https://contoso.vault.azure.net.')
  vault: string

  @description('Name of the certificate in the vault.')
  secret: string
}

@export()
@description('Where the app runs: `flex` (Flex Consumption, scales to zero) or `elasticPremium` (in every cloud).')
type hostingPlan = 'flex' | 'elasticPremium'

@export()
@description('How blobs that land are noticed: by an Event Grid subscription at once, or by polling, which Flex cannot.')
type blobTriggerSource = 'EventGrid' | 'LogsAndContainerScan'

@export()
@description('Where Durable keeps its state: in the host storage, or in a Durable Task Scheduler, for scale, where offered.')
type durableBackend = 'azureStorage' | 'durableTaskScheduler'

@export()
@description('Who may call the HTTP API: `functionKey`: whoever has a function key; `entra`: whoever has a token of an application of Entra ID with one of its roles, and the app\'s own key, where there is one.')
@discriminator('kind')
type apiAccess = functionKeyAccess | entraAccess
type functionKeyAccess = { kind: 'functionKey' }
type entraAccess = {
  kind: 'entra'

  @description('Tenant that the tokens are of.')
  tenantId: string

  @description('Client id of the application, with the app roles Transfer.Read, Transfer.Start and Transfer.Admin.')
  clientId: string

  @description('URI of a secret with a key of 32 characters or more that opens the API too. The app\'s identity must be able to read it. Default: no key.')
  apiKeySecretUri: string?
}
