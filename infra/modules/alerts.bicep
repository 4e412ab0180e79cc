// One alert for each thing that somebody must look after. docs/deploy.md has a runbook for each, by the same name.

@description('First letters of the names: apps that share a resource group have alerts of their own.')
param namePrefix string

@description('Region of the app.')
param location string

@description('Resource id of the Application Insights component.')
param insightsId string

@description('E-mail addresses that are told. None: alerts are only seen in the portal.')
param emails string[]

@description('Tags of the alerts.')
param tags object

var rules = [
  {
    name: 'token-not-rotated'
    severity: 1
    title: 'A SAS token could not be rotated; runs of its pipeline will be refused when it expires.'
    query: 'traces | where message has_any ("sasNotRotated", "rotationNotStarted")'
  }
  {
    name: 'transfer-failed'
    severity: 2
    title: 'A transfer ended without all of its artifacts.'
    query: 'traces | where message has "transferEnded" and message has_any ("\\"Failed\\"", "\\"CompletedWithErrors\\"")'
  }
  {
    name: 'import-missed'
    severity: 2
    title: 'A blob landed and was not imported as a whole, or the app could not see to it.'
    query: 'traces | where (message has "importEnded" and message has_any ("\\"Failed\\"", "\\"CompletedWithErrors\\"")) or message has "reconcileFailed" | union (requests | where success == false and (name startswith "importBlob_" or name == "autoImport"))'
  }
  {
    name: 'not-started'
    severity: 2
    title: 'A schedule or a push could not start its transfer.'
    query: 'traces | where message has "scheduleFailed" | union (requests | where success == false and name in ("gather", "gatherPush"))'
  }
  {
    name: 'timer-failed'
    severity: 2
    title: 'A timer broke off: tokens are not rotated, what was missed is not started, or what has expired stays.'
    query: 'requests | where success == false and name in ("rotateSasTimer", "reconcileTimer", "retentionTimer")'
  }
  {
    name: 'webhook-given-up'
    severity: 3
    title: 'A webhook was not told of the end of a transfer, for a day.'
    query: 'traces | where message has "webhookGivenUp"'
  }
  {
    name: 'bad-route'
    severity: 1
    title: 'A route or a setting cannot be used; the others work.'
    query: 'traces | where message has "settingFault"'
  }
]

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(emails)) {
  name: '${namePrefix}-acr-transfer'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: namePrefix
    enabled: true
    emailReceivers: [
      for (email, index) in emails: { name: 'receiver${index}', emailAddress: email, useCommonAlertSchema: true }
    ]
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in rules: {
    name: '${namePrefix}-acr-transfer-${rule.name}'
    location: location
    tags: tags
    properties: {
      displayName: '${namePrefix} acr-transfer: ${rule.name}'
      description: rule.title
      severity: rule.severity
      enabled: true
      scopes: [insightsId]
      evaluationFrequency: 'PT15M'
      windowSize: 'PT15M'
      autoMitigate: false
      criteria: {
        allOf: [
          { query: rule.query, timeAggregation: 'Count', operator: 'GreaterThan', threshold: 0 }
        ]
      }
      actions: { actionGroups: empty(emails) ? [] : [people.id] }
    }
  }
]
