#!/bin/sh
# Shows what optimisers and resizers do to metadata: makes a JPEG and a PNG file that have everything, sends them
# through the tools, and prints Markdown tables of what comes out, as in docs/optimisers.md.
#
#	bench/optimisers.sh
#
# Needs Go, npm and Debian's nodejs, libimage-exiftool-perl, libvips-tools, imagemagick, webp, libavif-bin,
# libheif-examples, libjxl-tools, libjpeg-turbo-progs. Takes a minute.
set -eu
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-fund --no-audit --prefix "$dir" sharp@0.34.5 @contentauth/c2pa-wasm@0.13.3 >/dev/null

echo "machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-); $(go version)"
echo "ExifTool $(exiftool -ver); $(vips --version); $(convert-im6.q16 -version | sed -n '1s/Version: \(ImageMagick [^ ]*\).*/\1/p')"
dpkg-query -W -f='${Package} ${Version}\n' webp libavif-bin libheif-examples libjxl-tools libjpeg-turbo-progs
echo "sharp 0.34.5, c2pa-wasm 0.13.3, Node $(node --version)"
CGO_ENABLED=0 go run ./bench/optimisers -sharp "$dir"
