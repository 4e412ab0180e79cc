// The app's identity, apart from the app, so that it has its rights before the app first starts.

@description('Name of the identity: 3 to 128 letters, digits, hyphens and underscores.')
@minLength(3)
@maxLength(128)
param name string

@description('Region of the app.')
param location string

@description('Tags of the identity.')
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: name
  location: location
  tags: tags
}

@description('Object id, for role assignments.')
output principalId string = identity.properties.principalId

@description('Client id, for routes and connections.')
output clientId string = identity.properties.clientId
