#!/bin/sh
# Compares SSIM, MS-SSIM and PSNR with scikit-image and ffmpeg, one thread each, the pictures in memory:
#
#	bench/ssim.sh [PHOTO…]
#
# The photos are brought to one size, or pictures generated without any; the candidates are the same as JPEG of quality
# 50. Needs Go and Debian's python3-skimage, python3-pil (PYTHON names the interpreter that has them) and ffmpeg.
set -eu
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python=${PYTHON:-/usr/bin/python3}
export OMP_NUM_THREADS=1
CGO_ENABLED=0 go build -o "$dir/ours" ./bench/ours
CGO_ENABLED=0 go build -o "$dir/compare" ./bench/compare
"$python" bench/peers/skimage_ssim.py pairs "$dir" "$@"
compare() { "$dir/compare" -rounds "${ROUNDS:-7}" "$@"; }

echo "machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-); $(go version); $(ls "$dir"/*.0.pgm | wc -l) pairs"
printf '\nSSIM of grey planes; ffmpeg measures 8×8 boxes\n\n'
compare "safelight=$dir/ours ssim $dir/*.pgm" \
	"scikit-image=$python bench/peers/skimage_ssim.py ssim $dir/*.pgm" \
	"ffmpeg=$python bench/peers/ffmpeg_ssim.py $dir $dir/*.pgm"
printf '\nFrom packed R′G′B′: MS-SSIM and all of SSIM, MS-SSIM and PSNR beside SSIM of luma\n\n'
compare "MS-SSIM=$dir/ours msssim $dir/*.ppm" "SSIM=$dir/ours ssim8 $dir/*.ppm" "all=$dir/ours iqa $dir/*.ppm"
printf '\nPSNR of packed R′G′B′\n\n'
compare "safelight=$dir/ours psnr $dir/*.ppm" "scikit-image=$python bench/peers/skimage_ssim.py psnr $dir/*.ppm"
