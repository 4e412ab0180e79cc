// One side of a route for an app that runs elsewhere, in another tenant or cloud: container, vault, pipeline, and the
// rights of the application that the app signs in as. No app is made here.
// Deploy into the resource group of the side's registry, signed in to its tenant.

import {
  exportOption
  foreignCredential
  importOption
  routeSide
  runnerRole
} from 'modules/types.bicep'

@description('First letters of the names of what is made: 3 to 8 of a-z and 0-9.')
@minLength(3)
@maxLength(8)
param namePrefix string

@description('The cloud of this side, as routes name it.')
@allowed(['AzurePublic', 'AzureUSGovernment', 'AzureChina'])
param cloud string

@description('Which side of the route it is.')
@allowed(['source', 'target'])
param kind string

@description('The side.')
param side routeSide

@description('How the app signs in here.')
param credential foreignCredential

@description('Object id of the application\'s service principal in this tenant: the rights are given to it.')
param applicationPrincipalId string

@description('Options of the export pipeline, for a source.')
param exportOptions exportOption[] = ['OverwriteBlobs', 'ContinueOnErrors']

@description('Options of the import pipeline, for a target.')
param importOptions importOption[] = ['ContinueOnErrors']

@description('Whether ACR imports blobs that land by itself, for a target.')
@allowed(['Enabled', 'Disabled'])
param sourceTriggerStatus string = 'Enabled'

@description('How the right to start runs is given.')
param runner runnerRole = 'custom'

@description('Tags of all that is made.')
param tags object = {}

module sourceSide 'modules/source-side.bicep' = if (kind == 'source') {
  name: 'source-side'
  params: {
    namePrefix: namePrefix
    side: side
    options: exportOptions
    appPrincipalId: applicationPrincipalId
    runner: runner
    tags: tags
  }
}

module targetSide 'modules/target-side.bicep' = if (kind == 'target') {
  name: 'target-side'
  params: {
    namePrefix: namePrefix
    side: side
    options: importOptions
    sourceTriggerStatus: sourceTriggerStatus
    triggerSource: 'EventGrid'
    appPrincipalId: applicationPrincipalId
    runner: runner
    tags: tags
  }
}

@description('The side as a route names it, for main.source.bicep or furtherRoutes. Holds no secret.')
output sideOfRoute object = union(
  {
    cloud: cloud
    tenantId: tenant().tenantId
    credential: credential
    registry: side.registryId
    container: kind == 'source' ? sourceSide!.outputs.containerUrl : targetSide!.outputs.containerUrl
    sas: kind == 'source' ? sourceSide!.outputs.sas : targetSide!.outputs.sas
  },
  kind == 'source' ? { exportPipeline: side.pipelineName } : { importPipeline: side.pipelineName }
)
