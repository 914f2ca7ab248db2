#!/bin/sh
# Files the impact report over 1 000 000 recorded checks in three pipelines and 2 000 000 lines of the gateway's log, and
# prints what it took as rows of a Markdown table. One process fills a folder (5 GB), another one files, so that the peak of
# its memory is its own. Needs Go and Linux. SAFELIGHT_IMPACT names a folder to keep: where it is filled already, it is
# only filed.
set -eu
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
SAFELIGHT_IMPACT=${SAFELIGHT_IMPACT:-$dir/house}
export SAFELIGHT_IMPACT
CGO_ENABLED=0 go test -c -o "$dir/impact.test" ./internal/app
run() { (cd internal/app && "$dir/impact.test" -test.run '^$' -test.bench "$1" -test.benchtime 1x -test.timeout 60m) | grep -E '^\||FAIL|panic|bench_test'; }

echo "machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-); $(go version)"
echo
echo "| what | measured |"
echo "|---|---|"
[ -e "$SAFELIGHT_IMPACT/filled" ] || { run 'ImpactFilled$' && touch "$SAFELIGHT_IMPACT/filled"; }
echo "| load before filing | $(cut -d' ' -f1 /proc/loadavg) |"
run 'ImpactFiled$'
