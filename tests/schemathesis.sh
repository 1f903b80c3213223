#!/usr/bin/env bash
# Generated requests against a running service: `SIGAP_URL=… SIGAP_TOKEN=… tests/schemathesis.sh /path/of/schemathesis`.
set -euo pipefail
settings=$(cd "$(dirname "$0")" && pwd)/schemathesis.toml
# It keeps what it found in its working directory, and repeats it the next time: start from nothing.
cd "${SIGAP_WORK:-$(mktemp -d)}"
# All checks, and all operations but two that end the session with which the rest is tested (listed sessions are
# fed to the second).
# One worker: more of them fail in Python's own compiler.
exec "${1:?the schemathesis program}" --config-file "$settings" run "$SIGAP_URL/api/openapi.json" \
  --header "Authorization: Bearer $SIGAP_TOKEN" \
  --checks all \
  --exclude-operation-id logout --exclude-operation-id endSession \
  --phases examples,coverage,fuzzing \
  --max-examples "${SIGAP_SCHEMATHESIS_EXAMPLES:-20}" \
  --workers 1 --seed "${SIGAP_SCHEMATHESIS_SEED:-1}" \
  --continue-on-failure --no-color
