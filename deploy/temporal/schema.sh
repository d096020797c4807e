#!/bin/sh
# Brings Temporal's two databases to the schema of this image's version. Connection by SQL_HOST, SQL_PORT, SQL_USER,
# SQL_PASSWORD, SQL_PLUGIN. What is applied already is left alone: it runs at every start, and does upgrades.
set -eu
schemas="${TEMPORAL_SCHEMAS:-/etc/temporal/schema/postgresql/v12}"

for part in temporal visibility; do
  case "$part" in
    temporal) database=temporal ;;
    visibility) database=temporal_visibility ;;
  esac
  echo "schema of $database"
  temporal-sql-tool --db "$database" setup-schema -v 0.0
  temporal-sql-tool --db "$database" update-schema -d "$schemas/$part/versioned"
done
