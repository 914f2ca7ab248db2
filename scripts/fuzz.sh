#!/bin/sh
# Runs every fuzz target for FUZZTIME (10s if not set), one after the other, or
# those of the packages that are named.
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- .
for file in $(git ls-files "$@" | grep '_test\.go$' | xargs grep -l '^func Fuzz'); do
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' "$file"); do
		# Without the bound, minimising an interesting input takes all of a short run.
		go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-10s}" -fuzzminimizetime 10x "./$(dirname "$file")"
	done
done
