#!/bin/sh
# Compares the evaluation of 1 000 alerting rules over 100 000 series with Prometheus' own rule groups, and prints a
# Markdown table. Needs Go, and 2 GB of memory. ROUNDS=7 by default, 18 at most.
set -eu
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export TMPDIR="$dir"
CGO_ENABLED=0 go build -o "$dir/ours" ./bench/ours
CGO_ENABLED=0 go build -o "$dir/compare" ./bench/compare
(cd bench/peers/prometheus && CGO_ENABLED=0 go build -o "$dir/prometheus" .)

echo "machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-); $(go version)"
"$dir/compare" -rounds "${ROUNDS:-7}" -unit rules "safelight=$dir/ours rules" "Prometheus=$dir/prometheus rules"
