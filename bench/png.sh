#!/bin/sh
# Compares decoding of PNG files from memory with libpng and image/png, and prints Markdown tables.
#
#	bench/png.sh PHOTO.png…
#
# The photographs are decoded as they are, and in other kinds that are made of them: reencoded with zlib's level 6, with
# alpha, grey, palette, 16 bits; and generated flat graphics. libpng expands palette and transparency as we do. Needs Go
# and Debian's gcc, libpng-dev, python3-pil and python3-numpy. ROUNDS=7 by default.
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || { echo "usage: bench/png.sh PHOTO.png…" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cc -O2 -o "$dir/libpng" bench/peers/libpng.c -lpng
CGO_ENABLED=0 go build -o "$dir/ours" ./bench/ours
CGO_ENABLED=0 go build -tags purego -o "$dir/plain" ./bench/ours
CGO_ENABLED=0 go build -o "$dir/compare" ./bench/compare
"${PYTHON:-/usr/bin/python3}" bench/peers/png_inputs.py "$dir" "$@"

echo "machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-); $(go version)"
table() {
	title=$1
	shift
	printf '\n%s\n\n' "$title"
	"$dir/compare" -rounds "${ROUNDS:-7}" "safelight=$dir/ours png $*" "plain Go=$dir/plain png $*" \
		"libpng=$dir/libpng bench $*" "image/png=$dir/ours png-stdlib $*"
}
table "Photographs as given, $# files" "$@"
table "Photographs reencoded by libpng with zlib's level 6" "$dir"/reencoded/*.png
table "RGBA" "$dir"/alpha/*.png
table "Grey" "$dir"/grey/*.png
table "Palette of 256, to RGB" "$dir"/palette/*.png
table "16 bits, RGB" "$dir"/deep/*.png
table "Flat graphics, RGB" "$dir"/flat/*.png
table "Flat graphics, RGBA" "$dir"/flatalpha/*.png
table "Flat graphics, palette, to RGB" "$dir"/flatpalette/*.png
