#!/bin/sh
# Ends the paging of simulated incidents at seeded points and holds the laws of docs/paging.md against what was delivered;
# prints a line for each 250 seeds and one for all. A seed has one to three kill points. Needs Go, and an hour or more of
# one core for the 10 000 seeds by default. SEEDS=10000, FIRST=1; TMPDIR on a
# file system in memory takes half the time. A seed that fails prints all that happened in it.
set -eu
cd "$(dirname "$0")/.."
first=${FIRST:-1} seeds=${SEEDS:-10000} done=0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
echo "machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-); $(go version)"
CGO_ENABLED=0 go test -c -o "$dir/app.test" ./internal/app
cd internal/app
while [ "$done" -lt "$seeds" ]; do
	n=$((seeds - done < 250 ? seeds - done : 250))
	if ! SAFELIGHT_SEED=$((first + done)) SAFELIGHT_SEEDS=$n "$dir/app.test" -test.run '^TestKillPoints$' -test.v -test.timeout 0 >"$dir/said" 2>&1; then
		grep -v -- '--- PASS\|=== ' "$dir/said"
		exit 1
	fi
	grep -o '[0-9]* seeds, .*' "$dir/said" | tee -a "$dir/sums"
	done=$((done + n))
done
awk '{for (i = 1; i < NF; i++) { if ($(i+1) ~ /^seeds/) s += $i; if ($(i+1) ~ /^crashes/ && $(i-1) !~ /by/) c += $i; if ($(i+1) ~ /^duplicates/) d += $i; if ($(i+1) ~ /^deliveries/) l += $i } }
	END { printf "all: %d seeds, %d kill points, %d deliveries, %d of them again after a kill; nothing lost\n", s, c, l, d }' "$dir/sums"
