#!/bin/sh
# Takes batches of 20,000 signals in and says how many a second: validated, routed, personal data masked, sentiment
# scored, stored durably and counted.
#
#	bench/signals.sh
#
# ROUNDS=5 by default; the median is what docs/performance.md states.
set -eu
cd "$(dirname "$0")/.."
rounds=${ROUNDS:-5}
go test -run '^$' -bench 'TakeSignals$' -benchtime 1x -count "$rounds" ./internal/app |
	awk '/signals\/s/ { for (i = 2; i <= NF; i++) if ($i == "signals/s") print $(i - 1) }' | sort -n |
	awk '{ v[NR] = $1 } END { if (NR == 0) { print "no figure: run go test -bench TakeSignals ./internal/app"; exit 1 } printf "signals a second: median %.0f of %d rounds (%.0f to %.0f)\n", v[int((NR + 1) / 2)], NR, v[1], v[NR] }'
