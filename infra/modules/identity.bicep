// The app's identity, apart from the app, so that it has its rights before the app first starts.

@description('Name of the identity: 3 to 128 letters, digits, hyphens and underscores.')
@minLength(3)
@maxLength(128)
param name string

@description('Region of the app.')
param location string

@description('Resource id of an identity to use instead of a new one. Empty: one is made.')
param existingId string

@description('Tags of the identity.')
param tags object

var isGiven = !empty(existingId)

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = if (!isGiven) {
  name: name
  location: location
  tags: tags
}

resource given 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = if (isGiven) {
  name: isGiven ? last(split(existingId, '/')) : 'none'
  scope: resourceGroup(
    isGiven ? split(existingId, '/')[2] : subscription().subscriptionId,
    isGiven ? split(existingId, '/')[4] : resourceGroup().name
  )
}

@description('Resource id of the identity.')
output id string = isGiven ? existingId : identity.id

@description('Object id, for role assignments.')
output principalId string = isGiven ? given!.properties.principalId : identity!.properties.principalId

@description('Client id, for routes and connections.')
output clientId string = isGiven ? given!.properties.clientId : identity!.properties.clientId
