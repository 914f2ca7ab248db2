#!/bin/sh
# Compares `safelight check` with the programs that compare screenshots, odiff and pixelmatch, as whole commands on
# the same PNG files, and asks each what it sees of a colour that drifted by ΔE00 5. Prints Markdown tables:
#
#	bench/diff.sh [PHOTO…]
#
# Each program has its default threshold. odiff is its native program, without Node.js around it. Needs Go, Node.js
# with npm, and Debian's python3-skimage, python3-pil and python3-numpy; it installs odiff-bin 4.5.0, pixelmatch 7.2.0 and
# pngjs 7.0.0 into a temporary folder, or finds them in the node_modules of the folder that DIFF names. ROUNDS=5 by default.
set -eu
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python=${PYTHON:-/usr/bin/python3}
export GOMAXPROCS=1
CGO_ENABLED=0 go build -o "$dir/compare" ./bench/compare
CGO_ENABLED=0 go build -trimpath -o "$dir/safelight" ./cmd/safelight
if [ -z "${DIFF:-}" ]; then
	DIFF=$dir/npm
	mkdir "$DIFF"
	(cd "$DIFF" && npm install --ignore-scripts --no-audit --no-fund odiff-bin@4.5.0 pixelmatch@7.2.0 pngjs@7.0.0 >&2)
fi
odiff=$(cd "$DIFF" && node -p 'require("odiff-bin/binary").findBinary()')
"$python" bench/peers/pairs.py png "$dir" 1216x832 "$@"

# What each says of a pair: the share of pixels that it calls different, in percent. All exit with another status than
# 0 where they find differences.
safelight() { HOME=$dir "$dir/safelight" check --dir "$dir" "$1" "$2" --json; }
pixelmatch() { node "$DIFF/node_modules/pixelmatch/bin/pixelmatch" "$1" "$2"; }
share() {
	case $1 in
	safelight) safelight "$2" "$3" | node -p 'const c = JSON.parse(require("fs").readFileSync(0)); (100 * c.deltaE00.over.ratio).toFixed(2)' ;;
	odiff) "$odiff" "$2" "$3" --parsable-stdout | node -p '(require("fs").readFileSync(0, "utf8").trim().split(";")[1] || "0.00")' ;;
	pixelmatch) pixelmatch "$2" "$3" | sed -n 's/^error: \(.*\)%$/\1/p' ;;
	esac
}
# mean share over all pictures of a variant
seen() {
	for ref in "$dir"/*.reference.png; do
		share "$1" "$ref" "${ref%.reference.png}.$2.png"
	done | awk '{ sum += $1 } END { printf "%.2f %%", sum / NR }'
}

echo "machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-); $(go version); node $(node --version); $(ls "$dir"/*.reference.png | wc -l) pairs"
printf '\nShare of pixels that each calls different; safelight: over the ΔE00 limit of the class product, 2\n\n'
echo '| program | JPEG of quality 90 | all colours warmer, ΔE00 5 | all lighter, ΔE00 5 |'
echo '|---|---|---|---|'
for program in safelight odiff pixelmatch; do
	echo "| $program | $(seen $program jpeg) | $(seen $program warm) | $(seen $program light) |"
done

# Whole commands over all pairs, with nothing asked for but the verdict.
cat >"$dir/run.sh" <<-'END'
	dir=$1
	shift
	export HOME="$dir"
	for ref in "$dir"/*.reference.png; do
		status=0
		"$@" "$ref" "${ref%.reference.png}.warm.png" >/dev/null 2>&1 || status=$?
		case $status in 0 | 1 | 22 | 66) ;; *) exit $status ;; esac
	done
END
mkdir "$dir/reference" "$dir/candidate"
for ref in "$dir"/*.reference.png; do
	name=${ref##*/}
	ln "$ref" "$dir/reference/$name"
	ln "${ref%.reference.png}.warm.png" "$dir/candidate/$name"
done
cat >"$dir/scan.sh" <<-'END'
	HOME=$1 "$1/safelight" scan --dir "$1" --no-cache --workers 1 --csv --reference "$1/reference" --candidate "$1/candidate" \
		>/dev/null 2>&1 || [ $? = 1 ]
END
megapixels=$(ls "$dir"/reference/* | awk 'END { print NR * 1216 * 832 / 1e6 }')
printf '\nWhole commands on PNG pairs of 1216×832, start-up and decoding included; safelight measures ΔE00 and SSIM\n\n'
"$dir/compare" -rounds "${ROUNDS:-5}" -units "$megapixels" \
	"safelight check!=sh $dir/run.sh $dir $dir/safelight check --dir $dir" \
	"safelight scan, one process for all!=sh $dir/scan.sh $dir" \
	"odiff!=sh $dir/run.sh $dir $odiff" \
	"pixelmatch!=sh $dir/run.sh $dir node $DIFF/node_modules/pixelmatch/bin/pixelmatch"
