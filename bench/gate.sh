#!/bin/sh
# Judges changes of 20 in 1 000 and in 10 000 pictures, between two revisions, a revision and the working tree, and two folders. Prints rows of
# a Markdown table: how long, and the most memory of the process until then. Nothing leaves the machine. Needs Go and git.
set -eu
cd "$(dirname "$0")/.."
echo "machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-); $(go version); load $(cut -d' ' -f1 /proc/loadavg)"
echo
echo "| what | time | memory until then |"
echo "|---|---|---|"
CGO_ENABLED=0 go test -run '^$' -bench '^BenchmarkGate$' -benchtime 1x -timeout 30m ./internal/app | grep -E '^\||FAIL|panic|bench_test'
