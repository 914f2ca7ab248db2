#!/bin/sh
# Computes the figures of 2 000 incidents as a page does: at first, and after something has happened to one of them. Needs Go.
set -eu
cd "$(dirname "$0")/.."
echo "machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-); $(go version); load $(cut -d' ' -f1 /proc/loadavg)"
CGO_ENABLED=0 go test -run '^$' -bench '^BenchmarkFigures$' -count 3 -timeout 30m ./internal/app | grep -E '^Bench|FAIL|panic|bench_test'
