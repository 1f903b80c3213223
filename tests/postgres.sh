#!/usr/bin/env bash
# A throw-away PostgreSQL on a Unix socket: `tests/postgres.sh start FOLDER [SETTING…]` prints its URL, `again FOLDER`
# starts a server that was halted, `halt FOLDER` stops it at once and keeps its data, `stop FOLDER` ends it for good.
# `follow FOLDER PRIMARY` makes a streaming standby of the server in the folder PRIMARY and prints its URL, `kill FOLDER`
# ends every process of a server with SIGKILL, `freeze FOLDER` holds them all and `thaw FOLDER` lets them go on, `promote FOLDER` makes a standby the primary, `sync FOLDER NAMES` sets
# `synchronous_standby_names`. Each SETTING (`fsync=off`) is given to the server. Nothing listens on the network, and no port is taken.
set -euo pipefail
action=${1:?start, again, halt, stop, follow, kill, freeze, thaw, promote or sync} folder=${2:?a folder}
shift 2
bin=$(pg_config --bindir 2>/dev/null || true)
[ -x "$bin/initdb" ] || bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
# PostgreSQL must be able to stand in its working directory.
cd /
serve() {
  as_postgres "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/server.log" -o "$(cat "$folder/options")" start >>"$folder.log" 2>&1
}
case $action in
start)
  mkdir -p "$folder"
  # A test server may be fast where the service's own check of settings does not look: nothing here is kept.
  options="-c listen_addresses='' -c unix_socket_directories='$folder' -c max_connections=400 -c shared_buffers=256MB -c wal_sync_method=fdatasync"
  for setting in "$@"; do options="$options -c $setting"; done
  echo "$options" >"$folder/options"
  if [ "$(id -u)" = 0 ]; then chown -R postgres "$folder"; fi
  as_postgres "$bin/initdb" -D "$folder/data" -U postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 >"$folder.log" 2>&1
  serve
  echo "postgres://postgres@localhost/postgres?host=$folder"
  ;;
again)
  serve
  ;;
halt)
  as_postgres "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1
  ;;
follow)
  primary=${1:?the folder of the primary}
  mkdir -p "$folder"
  sed "s#unix_socket_directories='[^']*'#unix_socket_directories='$folder'#" "$primary/options" >"$folder/options"
  if [ "$(id -u)" = 0 ]; then chown -R postgres "$folder"; fi
  as_postgres "$bin/pg_basebackup" -h "$primary" -U postgres -D "$folder/data" -R -X stream -c fast >"$folder.log" 2>&1
  # What the primary waits for is not what this one waits for once it is the primary.
  as_postgres sed -i '/synchronous_standby_names/d' "$folder/data/postgresql.auto.conf"
  serve
  echo "postgres://postgres@localhost/postgres?host=$folder"
  ;;
kill)
  server=$(head -n 1 "$folder/data/postmaster.pid")
  # Held first, so that it starts nothing that would outlive it.
  kill -STOP "$server"
  children=$(grep -ls "^PPid:[[:space:]]*$server\$" /proc/[0-9]*/status | cut -d / -f 3) || true
  # Some may have ended by themselves meanwhile.
  kill -9 "$server" $children 2>/dev/null || true
  for process in $server $children; do
    while [ -e "/proc/$process" ] && ! grep -qs '^State:[[:space:]]*Z' "/proc/$process/status"; do sleep 0.01; done
  done
  ;;
freeze | thaw)
  # Every process stands still, and the kernel goes on taking what is sent to them.
  signal=$([ "$action" = freeze ] && echo STOP || echo CONT)
  server=$(head -n 1 "$folder/data/postmaster.pid")
  kill "-$signal" "$server"
  children=$(grep -ls "^PPid:[[:space:]]*$server\$" /proc/[0-9]*/status | cut -d / -f 3) || true
  for process in $children; do kill "-$signal" "$process" 2>/dev/null || true; done
  ;;
promote)
  as_postgres "$bin/pg_ctl" -D "$folder/data" -w promote >/dev/null
  ;;
sync)
  as_postgres "$bin/psql" -q -h "$folder" -U postgres -c "ALTER SYSTEM SET synchronous_standby_names = '${1-}'" \
    -c 'SELECT pg_reload_conf()' >/dev/null
  ;;
stop)
  as_postgres "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$folder" "$folder.log"
  ;;
esac
