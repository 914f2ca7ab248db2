#!/bin/sh
# Compares what package metadata reads with ExifTool (Exif, IPTC, ICC) and the Adobe XMP Toolkit (XMP), and prints
# Markdown tables by format: how many the oracle finds, how many of them we find, how many of these with the same value.
#
#	bench/metadata.sh FOLDER…
#
# The images in the folders are compared, and a set that is made with ExifTool. Needs Go and Debian's gcc, pkg-config,
# libimage-exiftool-perl, libexempi-dev, webp, libavif-bin, libheif-examples and libjxl-tools. Takes some minutes:
# EACH=40 files of a format. MISSING=1 lists each difference.
set -eu
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cc -O2 -o "$dir/exempi" bench/peers/exempi.c $(pkg-config --cflags --libs exempi-2.0)
CGO_ENABLED=0 go build -o "$dir/judge" ./bench/metadata

echo "machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-); $(go version); ExifTool $(exiftool -ver); $(pkg-config --modversion exempi-2.0 | sed 's/^/exempi /')"
"$dir/judge" -exempi "$dir/exempi" -each "${EACH:-40}" ${MISSING:+-missing} "$@"
