#!/usr/bin/env sh
# Puts the Bicep CLI that the project is checked with at infra/tools/bicep (Linux, x64).
set -eu
cd "$(dirname "$0")"

dotnet restore bicep-cli.csproj --verbosity quiet
cp packages/azure.bicep.commandline.linux-x64/*/tools/bicep bicep
chmod +x bicep
./bicep --version
