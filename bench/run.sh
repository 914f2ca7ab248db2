#!/bin/sh
# Measures what docs/performance.md states, on this machine, and prints it.
# Needs Go, git and GNU time (Debian: time). Takes about six minutes on two cores.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bin=$work/safelight

echo "machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-), $(nproc) cores; $(go version); $(date -u +%F)"

echo "== clean build (empty build cache, modules downloaded)"
GOCACHE=$work/cache CGO_ENABLED=0 /usr/bin/time -f "%e s wall, %U s user" go build -trimpath -o "$bin" ./cmd/safelight
ls -l "$bin" | awk '{printf "%.1f MB\n", $5 / 1e6}'

echo "== demo, 4 200 images, without compiling"
/usr/bin/time -f "%e s wall, %U s user, %M kB" "$bin" demo --no-serve --dir "$work/demo" >"$work/demo.out"
tail -1 "$work/demo.out"

echo "== start: safelight check on 256x256, median of 21"
ref=$(find "$work/demo/demo/reference" -name '*.jpg' | sort | head -1)
i=0
while [ $i -lt 21 ]; do
	/usr/bin/time -a -o "$work/check" -f "%e" "$bin" check "$ref" "$ref" --json >/dev/null
	i=$((i + 1))
done
sort -n "$work/check" | sed -n 11p

echo "== scan: memory against the number of images (the larger folder holds ten links to each file)"
for kind in reference delivered; do
	mkdir "$work/$kind"
	for i in 0 1 2 3 4 5 6 7 8 9; do cp -rl "$work/demo/demo/$kind" "$work/$kind/$i"; done
done
/usr/bin/time -f "4 200: %e s wall, %U s user, %M kB" "$bin" scan --csv --reference "$work/demo/demo/reference" --candidate "$work/demo/demo/delivered" >/dev/null 2>"$work/t" || true
tail -1 "$work/t"
/usr/bin/time -f "42 000: %e s wall, %U s user, %M kB" "$bin" scan --csv --reference "$work/reference" --candidate "$work/delivered" >/dev/null 2>"$work/t" || true
tail -1 "$work/t"

echo "== kernels, one core"
GOMAXPROCS=1 go test -run '^$' -bench . -benchtime 300ms ./colour ./cube ./iqa ./pixels | grep -E '^Benchmark'
