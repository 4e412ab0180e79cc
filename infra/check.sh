#!/usr/bin/env sh
# Builds and lints every template and parameter file: a diagnostic of any level fails. $BICEP_CLI names the CLI,
# $1 another folder to check.
set -eu
bicep=$(realpath "${BICEP_CLI:-$(dirname "$0")/tools/bicep}")
cd "${1:-$(dirname "$0")}"

built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT
status=0
"$bicep" build --pattern '**/*.bicep' --outdir "$built/templates" >"$built/diagnostics" 2>&1 || status=$?
"$bicep" build-params --pattern '**/*.bicepparam' --outdir "$built/parameters" >>"$built/diagnostics" 2>&1 || status=$?
if [ "$status" -ne 0 ] || [ -s "$built/diagnostics" ]; then
  sort -u "$built/diagnostics"
  exit 1
fi

# A pattern that matches nothing is no success.
found=$(find . -name '*.bicep' -o -name '*.bicepparam' | wc -l)
made=$(find "$built" -name '*.json' | wc -l)
echo "$found Bicep files, no diagnostics"
[ "$found" -gt 0 ] && [ "$made" -ge "$found" ]
