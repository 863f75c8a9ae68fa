#!/bin/sh
# What the entrypoints of the images of PostgreSQL and Redis do, as far as the platform relies on it.
set -eu
case ${1:-} in -*|'') set -- postgres "$@" ;; esac
if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
  mkdir -p "$PGDATA"
  printf '%s\n' "$POSTGRES_PASSWORD" > /tmp/password
  # Unquoted: the image takes it for a list of arguments, too.
  initdb --username=postgres --pwfile=/tmp/password $POSTGRES_INITDB_ARGS
  rm /tmp/password
fi
exec "$@"
