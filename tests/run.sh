#!/usr/bin/env bash
# Every test of the project. `tests/run.sh` runs all parts; `tests/run.sh PART…` only those:
#
#   fmt            formatting
#   clippy         lints, warnings are errors
#   mutants        the table of planted faults in rights (tests/mutants.py) fits the source; those of the policy are planted
#   unit           unit tests of the library and of the examples (no documentation holds a test)
#   sqlite         the behaviour tests (tests/it) on SQLite
#   postgres       the same on PostgreSQL: a throw-away server on a Unix socket
#   schemathesis   generated requests against the served OpenAPI document
#   browser        the pages in a real browser (tests/browser): journeys, axe, HTML by the standard, strings that would
#                  be programs; and the way from an empty database to the first ticket at Tier 2
#   crash          kills the service under load and looks for what is lost (examples/crash)
#   fault          loss of power, a failing and a full disk on SQLite; a halt of PostgreSQL and a take-over by its standby, each
#                  under load, a frozen way to it (examples/crash, tests/fault); an end at the database events of a command (examples/sweep).
#                  Planted faults must be found.
#   race           many at once: keys that come again, changes of the same tickets, acts that exclude each other (examples/race);
#                  and `sigap migrate` ended at its changes of files and words to the server (tests/migrate.py); on both databases.
#                  SIGAP_RACE_KEYS, _EDITS and _PAIRS are how many, SIGAP_RACE_STRIDE every how many-th change
#   restore        backups under load, put back beside it; broken files; kill -9; on both databases (tests/restore.py).
#                  SIGAP_RESTORE_BACKUPS, _FLIPS and _KILLS are how many, _REST is how many seconds a client rests between
#                  two requests, _ENCRYPTED=yes encrypts on PostgreSQL
#   timers         kills nodes while clocks run out; each level is told once (examples/timers), on both databases
#   fuzz           messages changed at random are taken apart for a minute: no panic, in time (tests/it/inbox/fuzz.rs)
#   mail           a ticket's journey through real SMTP and IMAP servers (tests/mail), and the outbox under fire (examples/mail)
#   replay         replays a real incident log, if there is one: SIGAP_REPLAY_LOG (examples/replay)
#
# Times that a machine which has other work may take are told always, and judged at SIGAP_LEEWAY (10) times their bounds; 1
# judges as a release does.
#
# Needs Rust, a C compiler and git. What else is missing is installed from the distribution (as root, or by sudo).
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
# What cargo makes, and beside it what parts fetch: never in the tree.
target=${CARGO_TARGET_DIR:-$root/target}
built=$target/debug
# Not by a name of the program's settings, which it would refuse.
export TESTS_LEEWAY=${SIGAP_LEEWAY:-10}
work=$(mktemp -d)
service=
cluster=
# What runs beside, the last begun at the end.
asides=()
# Begins a command without the settings of these tests, which the program would refuse as unknown ones.
plain=(env)
for name in $(compgen -e SIGAP_); do plain+=(-u "$name"); done

clean() {
  local job
  for job in "${asides[@]}"; do
    kill "$job" 2>/dev/null || true
    wait "$job" || true
  done
  if [ -n "$service" ]; then
    kill "$service" 2>/dev/null || true
    # Else it still writes where we remove.
    wait "$service" 2>/dev/null || true
  fi
  if [ -n "$cluster" ]; then bash "$root/tests/postgres.sh" stop "$cluster" || true; fi
  rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM

# Runs a command beside the next ones, until `together`.
begin_aside() {
  "$@" >"$work/aside-${#asides[@]}.log" 2>&1 &
  asides+=($!)
}

# Waits for what was begun last and shows what it said; its outcome.
together() {
  local last=$((${#asides[@]} - 1)) outcome=0
  wait "${asides[last]}" || outcome=$?
  unset 'asides[last]'
  cat "$work/aside-$last.log"
  return "$outcome"
}

say() { printf '\n== %s\n' "$*"; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# Installs packages of Debian or Ubuntu without letting any of them start a service.
install() {
  command -v apt-get >/dev/null || { echo "missing: $*; install it and run again" >&2; exit 1; }
  as_root true || { echo "missing: $*; run as root, or install it" >&2; exit 1; }
  # One at a time: parts may run beside each other.
  exec 9>/tmp/sigap-install.lock
  flock 9
  local policy=/usr/sbin/policy-rc.d placed=
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$work/policy"
    as_root install -m 755 "$work/policy" "$policy"
    placed=yes
  fi
  # The package would else make a cluster of its own.
  if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    as_root mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' >"$work/createcluster.conf"
    as_root cp "$work/createcluster.conf" /etc/postgresql-common/createcluster.conf
  fi
  local failed=
  as_root apt-get update -qq || true
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o Dpkg::Options::=--force-confold "$@" >"$work/apt.log" 2>&1 || failed=yes
  if [ -n "$placed" ]; then as_root rm -f "$policy"; fi
  if [ -n "$failed" ]; then
    tail -n 20 "$work/apt.log" >&2
    exit 1
  fi
  exec 9>&-
}

need_postgres() {
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || install postgresql
}

# Where a throw-away database server keeps its files. Each test makes and drops a database, which waits for the disk and
# for nothing else: in memory, if there is plenty.
room() {
  local free
  free=$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1) || free=0
  if [ -w /dev/shm ] && [ "${free:-0}" -gt 4000000 ]; then echo /dev/shm; else echo /tmp; fi
}

need_python() {
  if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then install python3 python3-venv; fi
}

# Python programs in a folder of their own below `target`: its name, the program that must be there, what brings it.
need_programs() {
  local place=$target/$1 program=$2
  shift 2
  need_python
  if [ ! -x "$place/bin/$program" ]; then
    python3 -m venv "$place"
    "$place/bin/pip" install --quiet --disable-pip-version-check "$@"
  fi
}

need_schemathesis() { need_programs schemathesis schemathesis 'schemathesis>=4,<5'; }

need_browser() {
  command -v chromium >/dev/null || install chromium
  command -v npm >/dev/null || install nodejs npm
  mkdir -p "$target/browser"
  cp tests/browser/*.js tests/browser/package.json "$target/browser/"
  (cd "$target/browser" && npm install --silent --no-audit --no-fund)
}

need_mail_servers() {
  command -v dovecot >/dev/null && command -v openssl >/dev/null || install dovecot-imapd dovecot-lmtpd openssl
  need_programs mail dkimverify 'aiosmtpd>=1.4,<2' 'dkimpy>=1.1,<2'
}

# Everything that the parts fetch from elsewhere.
need_all() {
  need_postgres
  need_schemathesis
  need_browser
  need_mail_servers
}

# Builds the program, and examples of these names. Never without one: what a build of the program alone leaves to tests
# (features that only their crates ask for) would make it and half of its crates anew.
build() {
  local name names=()
  for name in "${@:-crash}"; do names+=(--example "$name"); done
  cargo build --quiet --bin sigap "${names[@]}"
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Runs the program on the data of this run.
sigap() {
  exec "${plain[@]}" SIGAP_DATA_DIR="$work/data" "${settings[@]}" "$built/sigap" "$@"
}

# Starts the service on SQLite, or on the database of a second argument, with the demo unless `''` is given, and sets `url`.
start_service() {
  local demo=${1---demo}
  need_python
  build
  local port
  for _ in 1 2 3; do
    port=$(free_port)
    url=http://127.0.0.1:$port
    settings=(SIGAP_BIND="127.0.0.1:$port" SIGAP_RATE_LIMIT=off ${2:+"SIGAP_DATABASE_URL=$2"})
    sigap serve ${demo:+"$demo"} >"$work/service.log" 2>&1 &
    service=$!
    # Minutes, for the demo is made meanwhile; a service that ends is not waited for.
    for _ in $(seq 1500); do
      if python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1])' "$url/readyz" 2>/dev/null; then return; fi
      kill -0 "$service" 2>/dev/null || break
      sleep 0.2
    done
    # A part that runs beside may have been faster at that port.
    grep -q 'another program holds it' "$work/service.log" || break
  done
  cat "$work/service.log" >&2
  exit 1
}

# An access token of a demo account.
token_of() {
  python3 - "$url" "$1" <<'END'
import json, sys, urllib.request
body = json.dumps({"login": sys.argv[2], "password": "sigap-demo-2026"}).encode()
request = urllib.request.Request(sys.argv[1] + "/api/v1/auth/login", body, {"Content-Type": "application/json"})
print(json.load(urllib.request.urlopen(request))["access_token"])
END
}

stop_service() {
  kill "$service"
  wait "$service" || true
  service=
  rm -rf "$work/data"
}

part_fmt() { cargo fmt --all --check; }

# On a clean clone this is where everything is built, with the lints looking on.
part_clippy() {
  if [ -n "$linted" ]; then cargo build --all-targets; else cargo clippy --all-targets -- -D warnings; fi
}

part_mutants() {
  need_python
  python3 tests/mutants.py --check
  python3 tests/mutants_policy.py
}

part_unit() {
  cargo test --lib --bins --examples
}

part_sqlite() {
  need_python
  env -u SIGAP_TEST_POSTGRES cargo test --test it
}

part_postgres() {
  need_python
  need_postgres
  # Its own user runs the server, so the path must be open to it and short enough for a socket.
  cluster=$(mktemp -d "$(room)/sigap-it.XXXXXX")
  chmod 755 "$cluster"
  local server
  server=$(bash tests/postgres.sh start "$cluster")
  SIGAP_TEST_POSTGRES=$server cargo test --test it
  bash tests/postgres.sh stop "$cluster"
  cluster=
}

# Generated requests of one account, by its token; what they leave lies in a folder of its own.
schema() {
  mkdir "$work/schema-$2"
  SIGAP_URL=$url SIGAP_TOKEN=$1 SIGAP_WORK=$work/schema-$2 bash tests/schemathesis.sh "$target/schemathesis/bin/schemathesis"
}

part_schemathesis() {
  need_schemathesis
  start_service
  # Both before the first request of the suite: its own logins use up the tries of this address.
  local account tokens=()
  for account in koordinator pegawai.dinkes; do tokens+=("$(token_of "$account@lebakkab.go.id")"); done
  # Beside each other: each asks from one core. The first is waited for at the end of the second.
  local outcome=0
  begin_aside schema "${tokens[0]}" first
  schema "${tokens[1]}" second || outcome=1
  together || outcome=1
  # Nothing of it may have left a trace of a fault of ours.
  if grep -E 'a request failed|panicked' "$work/service.log"; then outcome=1; fi
  stop_service
  return "$outcome"
}

part_browser() {
  need_browser
  local scenes=$target/browser
  start_service
  # For the scenes alone: to the program these would be settings that it does not know.
  local seen=(SIGAP_CHROMIUM="$(command -v chromium)" SIGAP_PICTURES="${SIGAP_PICTURES:-}")
  env "${seen[@]}" SIGAP_URL="$url" node "$scenes/journeys.js"
  stop_service
  start_service ''
  env "${seen[@]}" SIGAP_URL="$url" SIGAP_SETUP="$(sed -n 's/.*#token=//p' "$work/service.log")" node "$scenes/beginning.js"
  stop_service
}

part_crash() {
  build crash
  "${plain[@]}" "$built/examples/crash" --binary "$built/sigap" --kills "${SIGAP_CRASH_KILLS:-3}" --clients 8
}

# A series that must be judged as faulty, in these words: the checker would else be worth nothing. One that lost so much that
# the service does not begin on what is left has been found too, and is not judged to its end.
must_find() {
  local words=$1 outcome=0 log
  shift
  log=$(mktemp "$work/planted.XXXXXX")
  "$@" >"$log" 2>&1 || outcome=$?
  grep -qE '^in all |ended at start: .*database disk image is malformed' "$log" && grep -qE "$words" "$log" && [ "$outcome" != 0 ] && return
  echo "the planted fault was not found: $*" >&2
  tail -n 20 "$log" >&2
  exit 1
}

fault_sqlite() {
  # Only what came after the log's last checkpoint is gone, and with it the answer to its key (`unequal`): some losses cost nothing.
  must_find '(lost|unequal):|not what was signed|image is malformed' "${crash[@]}" --fault power --kills 8 --unsynced commits
  must_find 'lost: bytes of file' "${crash[@]}" --fault power --kills 4 --unsynced files
  "${crash[@]}" --fault power --kills "${SIGAP_FAULT_POWER:-5}"
  "${crash[@]}" --fault disk --kills "${SIGAP_FAULT_DISK:-3}"
  mkdir "$work/small"
  if mount -t tmpfs -o size=1m tmpfs "$work/small" 2>/dev/null; then
    umount "$work/small"
    "${crash[@]}" --fault full --kills "${SIGAP_FAULT_FULL:-2}"
  else
    echo "skipped: a full disk needs the right to mount small file systems in memory"
  fi
  must_find 'half done' "${sweep[@]}" --step planted --stride 3
  "${sweep[@]}" --step open --step resolve --stride "${SIGAP_FAULT_STRIDE:-9}" --compound
}

fault_postgres() {
  "${sweep[@]}" --database "$1" --step file --stride "${SIGAP_FAULT_STRIDE:-9}"
  "${crash[@]}" --fault halt --kills "${SIGAP_FAULT_HALT:-2}"
  "${crash[@]}" --fault freeze --kills "${SIGAP_FAULT_FREEZE:-2}"
  "${crash[@]}" --fault take-over --kills "${SIGAP_FAULT_TAKE_OVER:-1}"
  must_find 'the old primary was written to' "${crash[@]}" --fault take-over --kills 1 --stray
}

# Those of SQLite wait for the disk, those of PostgreSQL for servers that come back: beside each other.
part_fault() {
  need_postgres
  build crash sweep
  local outcome=0
  local crash=("${plain[@]}" "$built/examples/crash" --binary "$built/sigap" --clients 8 --seed "${SIGAP_FAULT_SEED:-1}")
  local sweep=("${plain[@]}" "$built/examples/sweep")
  cluster=$(mktemp -d "$(room)/sigap-it.XXXXXX")
  chmod 755 "$cluster"
  local server
  server=$(bash tests/postgres.sh start "$cluster")
  begin_aside fault_postgres "$server"
  fault_sqlite
  together || outcome=$?
  bash tests/postgres.sh stop "$cluster"
  cluster=
  return "$outcome"
}

part_restore() {
  need_python
  need_postgres
  build
  local server name
  local counts=(--backups "${SIGAP_RESTORE_BACKUPS:-2}" --flips "${SIGAP_RESTORE_FLIPS:-6}" --kills "${SIGAP_RESTORE_KILLS:-0}" --rest "${SIGAP_RESTORE_REST:-0}")
  mkdir "$work/restore-sqlite" "$work/restore-postgres"
  python3 tests/restore.py "$built/sigap" "$work/restore-sqlite" "${counts[@]}"
  cluster=$(mktemp -d /tmp/sigap-it.XXXXXX)
  chmod 755 "$cluster"
  server=$(bash tests/postgres.sh start "$cluster")
  local createdb
  createdb=$(ls /usr/lib/postgresql/*/bin/createdb 2>/dev/null | sort -V | tail -n 1)
  for name in first copy; do "${createdb:-createdb}" --maintenance-db "$server" "$name"; done
  python3 tests/restore.py "$built/sigap" "$work/restore-postgres" "${server/localhost\/postgres/localhost\/first}" \
    "${server/localhost\/postgres/localhost\/copy}" "${counts[@]}" ${SIGAP_RESTORE_ENCRYPTED:+--encrypted}
  bash tests/postgres.sh stop "$cluster"
  cluster=
}

part_race() {
  need_postgres
  build race
  local server
  local counts=(--keys "${SIGAP_RACE_KEYS:-20}" --edits "${SIGAP_RACE_EDITS:-200}" --pairs "${SIGAP_RACE_PAIRS:-35}")
  local ends=(python3 tests/migrate.py "$built/sigap" "$work/migrate")
  cluster=$(mktemp -d "$(room)/sigap-it.XXXXXX")
  chmod 755 "$cluster"
  server=$(bash tests/postgres.sh start "$cluster")
  local database stride
  for database in '' "$server"; do
    stride=60
    if [ -n "$database" ]; then stride=12; fi
    start_service --demo "$database"
    "${plain[@]}" "$built/examples/race" --url "$url" "${counts[@]}"
    # Clients that are not careful must be found, or the count would be worth nothing.
    "${plain[@]}" "$built/examples/race" --url "$url" --keys 4 --edits 100 --pairs 4 --plant >"$work/planted.log" 2>&1 ||
      { cat "$work/planted.log" >&2; exit 1; }
    stop_service
    "${ends[@]}" ${database:+--server "$database"} --stride "${SIGAP_RACE_STRIDE:-$stride}"
    "${ends[@]}" ${database:+--server "$database"} --stride 40 --plant
  done
  bash tests/postgres.sh stop "$cluster"
  cluster=
}

part_timers() {
  need_postgres
  build timers
  local server
  local levels=("${plain[@]}" "$built/examples/timers" --binary "$built/sigap" --levels "${SIGAP_TIMERS_LEVELS:-300}" --run-seconds "${SIGAP_TIMERS_SECONDS:-15}")
  "${levels[@]}" --nodes 1 --database sqlite
  cluster=$(mktemp -d /tmp/sigap-it.XXXXXX)
  chmod 755 "$cluster"
  server=$(bash tests/postgres.sh start "$cluster")
  "${levels[@]}" --nodes 2 --freeze-seconds 8 --database "$server"
  bash tests/postgres.sh stop "$cluster"
  cluster=
}

part_mail() {
  need_mail_servers
  need_postgres
  build mail
  "$target/mail/bin/python" -W ignore tests/mail/journey.py "$built/sigap" "$work/mail"
  local server mails=${SIGAP_MAIL_MAILS:-300}
  "${plain[@]}" "$built/examples/mail" lossy --mails "$mails"
  cluster=$(mktemp -d /tmp/sigap-it.XXXXXX)
  chmod 755 "$cluster"
  server=$(bash tests/postgres.sh start "$cluster")
  "${plain[@]}" "$built/examples/mail" lossy --mails "$mails" --database "$server"
  bash tests/postgres.sh stop "$cluster"
  cluster=
  "${plain[@]}" "$built/examples/mail" away --mails "${SIGAP_MAIL_WAITING:-300}" --ratio $((2 * TESTS_LEEWAY))
}

part_fuzz() {
  SIGAP_FUZZ_SECONDS=${SIGAP_FUZZ_SECONDS:-60} cargo test --test it -- inbox::fuzz --nocapture
}

part_replay() {
  local log=${SIGAP_REPLAY_LOG:-../shared/data/uci-events-normalised.csv.gz}
  if [ ! -e "$log" ]; then
    echo "skipped: no incident log; set SIGAP_REPLAY_LOG to one"
    return
  fi
  build replay
  start_service
  "$built/examples/replay" --log "$log" --url "$url" --tickets "${SIGAP_REPLAY_TICKETS:-300}" --clients 4
  # What is stored of the clocks follows from their facts, whatever the replay did to them.
  (sigap sla recompute --check)
  stop_service
}

run() {
  say "$1"
  local began=$SECONDS
  "part_$1"
  echo "== $1: done in $((SECONDS - began)) s"
}

# A clean clone is built once: what the compiler keeps for the next build and for debuggers costs time and serves nobody,
# and `cargo clippy` would read every crate a second time. So the lints' own compiler makes what the tests run.
linted=
if [ ! -d "$built" ]; then
  export CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0
  driver=$(rustc --print sysroot)/bin/clippy-driver
  if [ $# = 0 ] && [ -x "$driver" ]; then
    linted=yes
    export RUSTC_WORKSPACE_WRAPPER=$driver RUSTFLAGS="${RUSTFLAGS:-} -D warnings"
  fi
fi
first=(fmt clippy mutants unit)
# Two rows beside each other, each in its order. The second mostly waits: for a server, for a browser, for disks and processes
# that come back; so do the last ones of the first.
row=(sqlite schemathesis crash restore fuzz timers race mail)
beside=(postgres browser fault replay)
all=("${first[@]}" "${row[@]}" "${beside[@]}")
for part in "$@"; do
  case " ${all[*]} " in
  *" $part "*) ;;
  *)
    echo "unknown part: $part; one of: ${all[*]}" >&2
    exit 2
    ;;
  esac
done
if [ $# -gt 0 ]; then
  for part in "$@"; do run "$part"; done
  exit
fi
# The compiler works meanwhile.
begin_aside need_all
for part in "${first[@]}"; do run "$part"; done
together
cargo build --quiet --bins --examples
begin_aside bash tests/run.sh "${row[@]}"
for part in "${beside[@]}"; do run "$part"; done
together
