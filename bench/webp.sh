#!/bin/sh
# Measures WebP decoding through safelight-codec against libwebp called directly, and prints Markdown tables.
#
#	bench/webp.sh PHOTO…   of any kind that cwebp reads
#
# It makes from each photograph a lossy WebP of quality 85 and a lossless one, and decodes each REPEAT times a round (5 by
# default). Ours counts both processes, and starts and ends the child in each round. Needs Debian's gcc, libwebp-dev
# and webp. ROUNDS=7 by default.
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || { echo "usage: bench/webp.sh PHOTO…" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cc -O2 -o "$dir/libwebp" bench/peers/libwebp.c -lwebp
CGO_ENABLED=0 go build -o "$dir/ours" ./bench/ours
CGO_ENABLED=0 go build -o "$dir/safelight-codec" ./cmd/safelight-codec
CGO_ENABLED=0 go build -o "$dir/compare" ./bench/compare

lossy= lossless= n=0
for photo; do
	n=$((n + 1))
	cwebp -quiet -q 85 "$photo" -o "$dir/$n.lossy.webp"
	cwebp -quiet -lossless -z 6 "$photo" -o "$dir/$n.lossless.webp"
done
i=0
while [ $i -lt "${REPEAT:-5}" ]; do
	i=$((i + 1))
	lossy="$lossy $dir/*.lossy.webp"
	lossless="$lossless $dir/*.lossless.webp"
done
for kind in lossy lossless; do
	eval "files=\$$kind"
	printf '\nWebP %s\n\n' "$kind"
	"$dir/compare" -rounds "${ROUNDS:-7}" "safelight=$dir/ours webp $files" "libwebp=$dir/libwebp $files"
done
