// A network of the app's own, for host storage that only the app may reach.

import { hostingPlan } from 'types.bicep'

@description('First letters of the names.')
param namePrefix string

@description('Region of the app.')
param location string

@description('Where the app runs; the subnet is delegated to it.')
param plan hostingPlan

@description('Address range of the network; the app\'s subnet is its first /26.')
param addressPrefix string

@description('Tags of the network.')
param tags object

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: '${namePrefix}-network'
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressPrefix] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 0)
          serviceEndpoints: [{ service: 'Microsoft.Storage' }, { service: 'Microsoft.KeyVault' }]
          delegations: [
            {
              name: 'app'
              properties: { serviceName: plan == 'flex' ? 'Microsoft.App/environments' : 'Microsoft.Web/serverFarms' }
            }
          ]
        }
      }
    ]
  }
}

@description('Resource id of the app\'s subnet.')
output subnetId string = network.properties.subnets[0].id
