#!/bin/sh
# Compares provenance with the official C2PA tool (c2pa-rs, as npm @contentauth/c2pa-wasm): signs, tampers, mutates, and
# prints the tables of docs/provenance.md:
#
#	bench/c2pa.sh                     the comparison (about a minute)
#	MUTATIONS=10000 bench/c2pa.sh     and as many mutations (about 15 ms each)
#	bench/c2pa.sh -update             writes provenance/testdata anew
#
# SAFELIGHT_CORPORA adds C2PA's public test files. Needs Go, Node 20 with npm and its registry, and Debian's webp,
# libvips-tools, libavif-bin, libheif-examples and libjxl-tools.
set -eu
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
(cd "$dir" && npm install --silent --no-audit --no-fund --ignore-scripts @contentauth/c2pa-wasm@0.13.3)
export SAFELIGHT_C2PA="$dir" CGO_ENABLED=0
if [ "${1:-}" = -update ]; then
	mkdir -p provenance/testdata
	go test -tags c2pa -count=1 -run '^TestSamples$' ./provenance -update
	exit
fi
echo "machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-); $(go version); node $(node --version)"
go test -tags c2pa -count=1 -v -timeout 20m -run '^Test(Official|Samples)$' ./provenance
[ -z "${MUTATIONS:-}" ] || SAFELIGHT_MUTATIONS=$MUTATIONS go test -tags c2pa -count=1 -v -timeout 60m -run '^TestMutations$' ./provenance
