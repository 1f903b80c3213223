#!/usr/bin/env bash
# Generated requests against a running service: `SIGAP_URL=… SIGAP_TOKEN=… tests/schemathesis.sh PROGRAM`.
set -euo pipefail
# All checks and all operations but one: signing out ends the session with which the rest is tested.
# One worker: more of them fail in Python's own compiler.
exec "${1:?the schemathesis program}" --config-file "$(dirname "$0")/schemathesis.toml" run "$SIGAP_URL/api/openapi.json" \
  --header "Authorization: Bearer $SIGAP_TOKEN" \
  --checks all \
  --exclude-operation-id logout \
  --phases examples,coverage,fuzzing \
  --max-examples "${SIGAP_SCHEMATHESIS_EXAMPLES:-20}" \
  --workers 1 --seed "${SIGAP_SCHEMATHESIS_SEED:-1}" \
  --continue-on-failure --no-color
