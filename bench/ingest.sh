#!/bin/sh
# Compares the samples that are taken in per CPU-second, by OTLP and by remote write, with plain Prometheus of the version
# that is embedded (its own handlers on its own storage), on the same stream, and prints Markdown tables. 5 000 counters
# of seven labels, 1 000 points a request, 100 000 points a round. Needs Go. ROUNDS=7 by default.
set -eu
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export TMPDIR="$dir"
rounds=${ROUNDS:-7}
CGO_ENABLED=0 go build -o "$dir/ours" ./bench/ours
CGO_ENABLED=0 go build -o "$dir/compare" ./bench/compare
(cd bench/peers/prometheus && CGO_ENABLED=0 go build -o "$dir/prometheus" .)
mkdir "$dir/stream"
"$dir/prometheus" stream "$dir/stream" $((rounds + 1))

echo "machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-); $(go version)"
for protocol in otlp write; do
	printf '\n%s\n\n' "$protocol"
	"$dir/compare" -rounds "$rounds" -unit samples "safelight=$dir/ours $protocol $dir/stream/$protocol.*" \
		"Prometheus=$dir/prometheus $protocol $dir/stream/$protocol.*"
done
