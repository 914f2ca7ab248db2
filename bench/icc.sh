#!/bin/sh
# Measures colour management against Little CMS, each to sRGB, and prints Markdown tables.
#
#	bench/icc.sh PHOTO PROFILE…
#
# The samples are those of the photograph, taken for the profile's, and noise of 4 million pixels. Little CMS has its
# default flags, by which it resamples the tables of profiles and of 16-bit transforms. Needs Debian's gcc,
# liblcms2-dev and python3-pil. ROUNDS=7 by default.
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 1 ] || { echo "usage: bench/icc.sh PHOTO PROFILE…" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cc -O2 -o "$dir/lcms" bench/peers/lcms.c -llcms2 -lm
CGO_ENABLED=0 go build -o "$dir/ours" ./bench/ours
CGO_ENABLED=0 go build -o "$dir/compare" ./bench/compare

photo=$1
shift
/usr/bin/python3 - "$photo" "$dir" <<'PYTHON'
import os, sys
from PIL import Image
picture = Image.open(sys.argv[1]).convert("RGB")
while picture.width * picture.height < 4_000_000:
    picture = picture.resize((picture.width * 2, picture.height * 2), Image.BICUBIC)
for mode in "L", "RGB", "CMYK":
    raw = picture.convert(mode).tobytes()
    with open(f"{sys.argv[2]}/photo.{len(mode)}.8", "wb") as f:
        f.write(raw)
    with open(f"{sys.argv[2]}/photo.{len(mode)}.16", "wb") as f:
        wide = bytearray(os.urandom(2 * len(raw)))
        wide[1::2] = raw  # the low bytes of a 16-bit photograph are noise
        f.write(wide)
PYTHON
for channels in 1 3 4; do
	head -c $((4000000 * channels)) /dev/urandom >"$dir/noise.$channels.8"
	head -c $((8000000 * channels)) /dev/urandom >"$dir/noise.$channels.16"
done

for profile; do
	case $(dd if="$profile" bs=1 skip=16 count=4 2>/dev/null) in
	GRAY) channels=1 ;;
	CMYK) channels=4 ;;
	*) channels=3 ;;
	esac
	for bits in 8 16; do
		for kind in photo noise; do
			samples=$dir/$kind.$channels.$bits
			printf '\n%s, %s bits, %s\n\n' "$(basename "$profile")" "$bits" "$kind"
			"$dir/compare" -rounds "${ROUNDS:-7}" "safelight=$dir/ours icc '$profile' $bits $samples" \
				"Little CMS=$dir/lcms bench '$profile' $bits $samples"
		done
	done
done
