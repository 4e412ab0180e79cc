#!/usr/bin/env sh
# Subscribes the deployed app to the blobs that land in its target container, and to the pushes to the source registries
# of its routes with onPush. azd runs it after the code is there, with the outputs of the deployment in its environment.
# TARGET_STORAGE_ACCOUNT_ID is left out for an app that serves no target.
set -eu
cd "$(dirname "$0")/../.."

# deploy NAME RESOURCE ARGUMENT…: into the resource group of a resource, in whose region its topic must be. A resource can
# have only one topic: one that is there is used.
deploy() {
  name=$1 resource=$2
  shift 2
  subscription=$(printf '%s' "$resource" | cut -d/ -f3)
  group=$(printf '%s' "$resource" | cut -d/ -f5)
  location=$(az resource show --only-show-errors --ids "$resource" --query location --output tsv)
  topics=$(az eventgrid system-topic list --only-show-errors --subscription "$subscription" --resource-group "$group" \
    --query '[].[name, source]' --output tsv)
  topic=$(printf '%s' "$topics" | awk -v id="$resource" 'tolower($2) == tolower(id) { print $1 }')
  az deployment group create --only-show-errors --output none --name "$name" \
    --subscription "$subscription" --resource-group "$group" "$@" location="$location" existingTopicName="$topic"
}

if [ -n "${TARGET_STORAGE_ACCOUNT_ID:-}" ]; then
  parameters=$(mktemp)
  trap 'rm -f "$parameters"' EXIT
  npm run --silent routes:print -- --parameters --app "$APP_ID" --account "$TARGET_STORAGE_ACCOUNT_ID" >"$parameters"
  deploy acr-transfer-subscriptions "$TARGET_STORAGE_ACCOUNT_ID" \
    --template-file infra/main.subscriptions.bicep --parameters "@$parameters"
fi

registries=$(npm run --silent routes:print -- --registries)
for registry in $registries; do
  deploy acr-transfer-push-subscriptions "$registry" \
    --template-file infra/main.push-subscriptions.bicep --parameters registryName="${registry##*/}" appId="$APP_ID"
done
