#!/bin/sh
# Fires 1 000 alerts at once, each of which opens an incident and pages the one person on call, and then more of them one by
# one while all are open; then changes the status of incidents in a store with 100 000 alerts and 10 000 incidents. Prints
# rows of a Markdown table. Nothing leaves the process. Needs Go. SAFELIGHT_INCIDENTS and SAFELIGHT_ALERTS change the sizes.
set -eu
cd "$(dirname "$0")/.."
echo "machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-); $(go version); load $(cut -d' ' -f1 /proc/loadavg)"
echo
echo "| what | measured |"
echo "|---|---|"
CGO_ENABLED=0 go test -run '^$' -bench '(Paging|Status)$' -benchtime 1x -timeout 60m ./internal/app | grep -E '^\||FAIL|panic|bench_test'
