#!/bin/sh
# Compares the scoring of texts with govader, one thread each, by the lexicon and by a model of one's own:
#
#	bench/sentiment.sh FILE…
#
# The files hold texts, one a line, English for the comparison to be fair. Needs Go and its module proxy.
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || { echo "usage: bench/sentiment.sh FILE…" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export CGO_ENABLED=0
go build -o "$dir/ours" ./bench/ours
go build -o "$dir/compare" ./bench/compare
(cd bench/peers/govader && go build -o "$dir/govader" .)

echo "machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-); $(go version)"
printf '\nThousands of texts per second of user CPU time\n\n'
"$dir/compare" -rounds "${ROUNDS:-7}" -unit "k texts" "lexicon=$dir/ours sentiment $*" "model=$dir/ours sentiment-lr $*" \
	"govader=$dir/govader $*"
