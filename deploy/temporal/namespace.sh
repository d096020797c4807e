#!/bin/sh
# Makes the namespace TEMPORAL_NAMESPACE with its retention and phasegate's search attributes, or brings an existing one to
# them. The server is TEMPORAL_ADDRESS.
set -eu
: "${TEMPORAL_NAMESPACE:?}" "${TEMPORAL_RETENTION:?}"

if ! temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$TEMPORAL_RETENTION"
fi

# the server knows a new namespace only when its cache is next refreshed, after some ten seconds
tries=30
until temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE" >/dev/null; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || exit 1
  sleep 2
done
temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$TEMPORAL_RETENTION"

# name and type, as in src/domain/names.ts
while read -r name type; do
  temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$name" --type "$type"
done <<'ATTRIBUTES'
RunState Keyword
RunPhase Keyword
RunTemplate Keyword
RunGate KeywordList
RunCostUsd Double
ATTRIBUTES
