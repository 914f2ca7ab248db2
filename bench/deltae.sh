#!/bin/sh
# Compares ΔE00 of pairs of sRGB pictures in memory with libvips and scikit-image, one thread each:
#
#	bench/deltae.sh [PHOTO…]
#
# The photos are brought to one size, or pictures generated without any; the candidates are the same as JPEG of quality
# 50, so that nearly all pixels differ. Needs Go and Debian's libvips42, python3-skimage and python3-pil (PYTHON names
# the interpreter that has them). libvips counts without its start-up and without statistics, ours with them.
set -eu
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python=${PYTHON:-/usr/bin/python3}
export OMP_NUM_THREADS=1 VIPS_CONCURRENCY=1
CGO_ENABLED=0 go build -o "$dir/ours" ./bench/ours
CGO_ENABLED=0 go build -tags purego -o "$dir/plain" ./bench/ours
CGO_ENABLED=0 go build -o "$dir/compare" ./bench/compare
"$python" bench/peers/skimage_ssim.py pairs "$dir" "$@"
compare() { "$dir/compare" -rounds "${ROUNDS:-7}" "$@"; }

echo "machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-); $(go version); $(ls "$dir"/*.0.ppm | wc -l) pairs"
printf '\nΔE00 of sRGB pairs: ours to statistics and map, libvips to the map, scikit-image to map and mean\n\n'
compare "safelight=$dir/ours deltae8-map $dir/*.ppm" \
	"libvips=$python bench/peers/vips_deltae.py map $dir/*.ppm" \
	"libvips and avg=$python bench/peers/vips_deltae.py avg $dir/*.ppm" \
	"scikit-image=$python bench/peers/skimage_deltae.py $dir/*.ppm"
printf '\nOurs alone\n\n'
compare "statistics and map=$dir/ours deltae8-map $dir/*.ppm" "statistics=$dir/ours deltae8 $dir/*.ppm" \
	"16 bits, statistics=$dir/ours deltae16 $dir/*.ppm" "palette of six=$dir/ours palette $dir/*.ppm" \
	"plain Go, statistics=$dir/plain deltae8 $dir/*.ppm"
