#!/bin/sh
# Measures all that docs/performance.md states, on this machine, and prints it in short rounds:
#
#	bench/run.sh [PHOTO.png…]
#
# Without photographs pictures are generated, which are easier to code. Each table has a script of its own, which says
# what it needs; what is missing here is said and left out. WEIGHTS names the folder of bench/lpips.sh, PROFILES the
# ICC profiles of bench/icc.sh. ROUNDS=3 by default. Needs Go, GNU time (Debian: time), python3-pil and python3-numpy
# besides. Takes about half an hour on two cores: leave the machine alone meanwhile.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bin=$work/safelight
export ROUNDS="${ROUNDS:-3}"
if [ $# = 0 ]; then
	"${PYTHON:-/usr/bin/python3}" bench/peers/pairs.py png "$work" 1216x832 2>/dev/null
	set -- "$work"/*.reference.png
fi

echo "machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-), $(nproc) cores; $(go version); $(date -u +%F); load $(cut -d' ' -f1-3 /proc/loadavg)"

dpkg-query -W -f '${Package} ${Version}\n' libvips42 python3-skimage python3-torch ffmpeg libjpeg62-turbo libpng16-16 \
	libwebp7 liblcms2-2 nodejs 2>/dev/null || true

# part TITLE SCRIPT ARGUMENT… runs a script whose failure ends nothing but itself.
part() {
	printf '\n== %s (load %s)\n' "$1" "$(cut -d' ' -f1 /proc/loadavg)"
	shift
	sh "$@" || echo "$1 did not run to its end: see above"
}
part "file to verdict" bench/verdict.sh "$@"
part "ΔE00" bench/deltae.sh "$@"
part "SSIM" bench/ssim.sh "$@"
part "JPEG" bench/jpeg.sh "$@"
part "PNG" bench/png.sh "$@"
part "WebP" bench/webp.sh "$@"
if [ -n "${PROFILES:-}" ]; then
	part "ICC" bench/icc.sh "$1" $PROFILES
else
	printf '\n== ICC: left out; name profiles in PROFILES\n'
fi
if [ -n "${WEIGHTS:-}" ]; then
	part "LPIPS" bench/lpips.sh "$WEIGHTS" "$@"
else
	printf '\n== LPIPS: left out; name the folder of weights in WEIGHTS\n'
fi
part "odiff and pixelmatch" bench/diff.sh "$@"

printf '\n== clean build (empty build cache, modules downloaded)\n'
GOCACHE=$work/cache CGO_ENABLED=0 /usr/bin/time -f "%e s wall, %U s user" go build -trimpath -o "$bin" ./cmd/safelight 2>&1
ls -l "$bin" | awk '{printf "%.1f MB\n", $5 / 1e6}'
rm -rf "$work/cache"

printf '\n== demo, 4 200 images, without compiling\n'
/usr/bin/time -f "%e s wall, %U s user, %M kB" "$bin" demo --no-serve --dir "$work/demo" 2>&1 >"$work/demo.out" | tail -1
tail -1 "$work/demo.out"

printf '\n== start: safelight check on 256×256, median of 21\n'
ref=$(find "$work/demo/demo/reference" -name '*.jpg' | sort | head -1)
i=0
while [ $i -lt 21 ]; do
	/usr/bin/time -a -o "$work/check" -f "%e s wall, %U s user" "$bin" check "$ref" "$ref" --json >/dev/null
	i=$((i + 1))
done
sort -n "$work/check" | sed -n 11p

printf '\n== scan: memory against the number of images (the larger folder holds ten links to each file)\n'
for kind in reference delivered; do
	mkdir "$work/$kind"
	for i in 0 1 2 3 4 5 6 7 8 9; do cp -rl "$work/demo/demo/$kind" "$work/$kind/$i"; done
done
scan() {
	/usr/bin/time -f "%e s wall, %U s user, %M kB" "$bin" scan --no-cache --csv --reference "$1/reference" --candidate "$1/delivered" 2>&1 >/dev/null | tail -1
}
echo "4 200: $(scan "$work/demo/demo")"
echo "42 000: $(scan "$work")"
rm -rf "$work/demo" "$work/reference" "$work/delivered"

part "cores, memory, screening" bench/cores.sh "$@"
part "series taken in" bench/ingest.sh
part "rules" bench/rules.sh
part "signals" bench/signals.sh
part "the gate" bench/gate.sh
part "figures" bench/figures.sh
