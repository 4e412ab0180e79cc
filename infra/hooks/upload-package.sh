#!/usr/bin/env sh
# Uploads dist/acr-transfer.zip to the host storage of an app on Elastic Premium, which runs from it, and restarts the app.
# Whoever runs it needs Storage Blob Data Contributor there, and an address that the storage admits (uploaderIps).
# APP_ID: resource id of the app; HOST_STORAGE: name of its host storage (outputs of the deployment).
set -eu
cd "$(dirname "$0")/../.."

az storage blob upload --only-show-errors --output none --auth-mode login --overwrite \
  --subscription "$(printf '%s' "$APP_ID" | cut -d/ -f3)" \
  --account-name "$HOST_STORAGE" --container-name packages --name acr-transfer.zip --file dist/acr-transfer.zip
az functionapp restart --only-show-errors --ids "$APP_ID"
# Without a zip deployment nothing else tells the platform which functions there are.
az rest --method post --output none --url "$(az cloud show --query endpoints.resourceManager --output tsv | sed 's,/$,,')$APP_ID/syncfunctiontriggers?api-version=2024-04-01"
