#!/bin/sh
# Measures the JPEG decoder against libjpeg-turbo and the standard library, and prints Markdown tables.
#
#	bench/jpeg.sh PHOTO…   of any kind that Pillow reads
#
# It makes from each photograph a JPEG of quality 90 in 4:2:0, in 4:4:4 and progressive. Needs Debian's gcc,
# libjpeg62-turbo-dev, libjpeg-turbo-progs and python3-pil. ROUNDS=7 and
# REPEAT=10, how often a round decodes each file, by default.
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || { echo "usage: bench/jpeg.sh PHOTO…" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cc -O2 -o "$dir/libjpeg" bench/peers/libjpeg.c -ljpeg
CGO_ENABLED=0 go build -o "$dir/ours" ./bench/ours
CGO_ENABLED=0 go build -o "$dir/compare" ./bench/compare

for photo; do
	name=$(basename "${photo%.*}")
	/usr/bin/python3 -c 'import sys; from PIL import Image; Image.open(sys.argv[1]).convert("RGB").save(sys.argv[2])' "$photo" "$dir/photo.ppm"
	cjpeg -quality 90 -sample 2x2 "$dir/photo.ppm" >"$dir/$name.420.jpg"
	cjpeg -quality 90 -sample 1x1 "$dir/photo.ppm" >"$dir/$name.444.jpg"
	cjpeg -quality 90 -sample 2x2 -progressive "$dir/photo.ppm" >"$dir/$name.progressive.jpg"
done

# files names those of a set as often as a round is to decode them: user time is counted coarsely.
files() {
	for i in $(seq "${REPEAT:-10}"); do echo "$dir"/*."$1".jpg; done | tr '\n' ' '
}

for set in 420 444 progressive; do
	printf '\nJPEG %s, quality 90, to R′G′B′\n\n' "$set"
	"$dir/compare" -rounds "${ROUNDS:-7}" "safelight=$dir/ours jpeg $(files $set)" \
		"libjpeg-turbo=$dir/libjpeg $(files $set)" "Go image/jpeg to RGBA=$dir/ours jpeg-stdlib $(files $set)"
done
for n in 2 4 8; do
	printf '\nJPEG 420 at 1/%s, megapixels of the file\n\n' "$n"
	"$dir/compare" -rounds "${ROUNDS:-7}" "safelight=$dir/ours jpeg-$n $(files 420)" \
		"libjpeg-turbo=$dir/libjpeg -scale $n $(files 420)"
done
