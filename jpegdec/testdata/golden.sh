#!/bin/sh
# Makes the JPEGs of this folder and golden.txt, the SHA-256 of what libjpeg-turbo decodes each to at 1/1, 1/2, 1/4 and
# 1/8. Needs Debian's gcc and libjpeg62-turbo-dev, version 2.1.5.
set -eu
cd "$(dirname "$0")"
bin=$(mktemp)
trap 'rm -f "$bin"' EXIT
cc -O1 -o "$bin" golden.c -ljpeg
"$bin" make .
for file in *.jpg; do
	for n in 1 2 4 8; do
		echo "$file $n $("$bin" decode "$file" $n | sha256sum | cut -d' ' -f1)"
	done
done >golden.txt
