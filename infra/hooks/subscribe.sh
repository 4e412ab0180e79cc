#!/usr/bin/env sh
# Subscribes the deployed app to the blobs that land in its target container. azd runs it after the code is there,
# with the outputs of the deployment in its environment.
set -eu
cd "$(dirname "$0")/../.."

parameters=$(mktemp)
trap 'rm -f "$parameters"' EXIT
npm run --silent routes:print -- --parameters --app "$APP_ID" --account "$TARGET_STORAGE_ACCOUNT_ID" >"$parameters"
az deployment group create --only-show-errors --output none \
  --name acr-transfer-subscriptions \
  --subscription "$(printf '%s' "$TARGET_STORAGE_ACCOUNT_ID" | cut -d/ -f3)" \
  --resource-group "$(printf '%s' "$TARGET_STORAGE_ACCOUNT_ID" | cut -d/ -f5)" \
  --template-file infra/main.subscriptions.bicep \
  --parameters "@$parameters"
