#!/usr/bin/env bash
# A throw-away PostgreSQL on a Unix socket: `tests/postgres.sh start FOLDER` prints its URL, `stop FOLDER` ends it.
# Nothing listens on the network, and no port is taken.
set -euo pipefail
action=${1:?start or stop} folder=${2:?a folder}
bin=$(pg_config --bindir 2>/dev/null || true)
[ -x "$bin/initdb" ] || bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
case $action in
start)
  mkdir -p "$folder"
  if [ "$(id -u)" = 0 ]; then chown postgres "$folder"; fi
  as_postgres "$bin/initdb" -D "$folder/data" -U postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 >"$folder.log" 2>&1
  # A test server may be fast where the service's own check of settings does not look: nothing here is kept.
  as_postgres "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/server.log" \
    -o "-c listen_addresses='' -c unix_socket_directories='$folder' -c max_connections=400 -c shared_buffers=256MB -c wal_sync_method=fdatasync" \
    start >>"$folder.log" 2>&1
  echo "postgres://postgres@localhost/postgres?host=$folder"
  ;;
stop)
  as_postgres "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$folder" "$folder.log"
  ;;
esac
