#!/bin/sh
# Compares the way from file to verdict (two JPEGs of one megapixel: decode, ΔE00 statistics, SSIM) with libvips, one
# thread each, and prints Markdown tables:
#
#	bench/verdict.sh [PHOTO…]
#
# The references are JPEG of quality 90, 4:2:0, made of the photographs; the candidates the same coded once more at 80.
# Ours does what a scan does to a pair, the files in memory; and `safelight check`, started anew for each pair. libvips
# does less, ΔE00 and its mean alone: as the commands `vips dE00` and `vips avg` with a file between them, and as a
# library called in one process. Needs Go and Debian's libvips-tools, python3-pil and python3-numpy. ROUNDS=7 by default.
set -eu
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python=${PYTHON:-/usr/bin/python3}
export VIPS_CONCURRENCY=1 GOMAXPROCS=1
CGO_ENABLED=0 go build -o "$dir/ours" ./bench/ours
CGO_ENABLED=0 go build -o "$dir/compare" ./bench/compare
CGO_ENABLED=0 go build -trimpath -o "$dir/safelight" ./cmd/safelight
"$python" bench/peers/pairs.py jpeg "$dir" 1216x832 80 "$@"

# The whole commands, over all pairs. A check that is over its budget exits with 1.
cat >"$dir/check.sh" <<-'END'
	export HOME="$1" # no weights of LPIPS
	for ref in "$1"/reference/*; do
		"$1/safelight" check --dir "$1" "$ref" "$1/candidate/${ref##*/}" --json >/dev/null || [ $? = 1 ] || exit 2
	done
END
cat >"$dir/vips.sh" <<-'END'
	for ref in "$1"/reference/*; do
		vips dE00 "$ref" "$1/candidate/${ref##*/}" "$1/map.v"
		vips avg "$1/map.v" >/dev/null
	done
END
pairs=
for ref in "$dir"/reference/*; do pairs="$pairs $ref $dir/candidate/${ref##*/}"; done
megapixels=$(ls "$dir"/reference/* | awk 'END { print NR * 1216 * 832 / 1e6 }')

echo "machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-); $(go version); $(vips --version); $(ls "$dir/reference" | wc -l) pairs"
printf '\nFrom two JPEG files to the verdict, 1216×832\n\n'
"$dir/compare" -rounds "${ROUNDS:-7}" -units "$megapixels" "safelight=$dir/ours verdict $pairs" \
	"safelight, decoding alone=$dir/ours verdict-decode $pairs" \
	"safelight check, a process a pair!=sh $dir/check.sh $dir" \
	"vips dE00 and vips avg, two processes a pair!=sh $dir/vips.sh $dir" \
	"libvips, one process, ΔE00 and mean=$python bench/peers/vips_deltae.py file $pairs"
printf '\nThe ratio to "decoding alone" is the share of decoding.\n'
