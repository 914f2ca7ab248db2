#!/bin/sh
# Compares LPIPS (AlexNet, SqueezeNet 1.1) with ONNX Runtime and PyTorch on pairs of 512×512 pixels, one thread each:
#
#	bench/lpips.sh WEIGHTS [IMAGE…]
#
# WEIGHTS is a folder with torchvision's alexnet-*.pth and squeezenet1_1-*.pth and the authors' alex.pth and squeeze.pth.
# The pairs are made of the images, or of noise without any. The values of all programs go to standard error.
# Needs Go; Debian's python3-torch, python3-pil, python3-numpy (PYTHON names the interpreter that has them) and nodejs; and
# onnxruntime-node 1.30 from npm, which it installs into a temporary folder, or finds in the folder that ORT names.
set -eu
cd "$(dirname "$0")/.."
[ $# -ge 1 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 2; }
weights=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python=${PYTHON:-/usr/bin/python3}
rounds=${ROUNDS:-7}
side=512
export OMP_NUM_THREADS=1

CGO_ENABLED=0 go build -o "$work/ours" ./bench/ours
CGO_ENABLED=0 go build -o "$work/compare" ./bench/compare
if [ -z "${ORT:-}" ]; then
	ORT=$work/ort
	mkdir "$ORT"
	(cd "$ORT" && npm install --ignore-scripts --no-audit --no-fund onnxruntime-node@1.30 >&2)
fi
mkdir "$work/pairs"
"$python" bench/peers/torch_lpips.py pairs "$work/pairs" $side "$@"

echo "machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-); $(go version); $side×$side pixels, one thread"
for net in alex squeeze; do
	"$python" bench/peers/torch_lpips.py export $net "$weights" "$work/$net.onnx" $side $side >&2
	printf '\n%s\n\n' "$net"
	"$work/compare" -rounds "$rounds" -unit "MP pairs" \
		"ours=$work/ours lpips-$net $weights $work/pairs/*.png" \
		"ONNX Runtime 1.30=node bench/peers/ort_lpips.mjs $ORT/node_modules $work/$net.onnx $side $side $work/pairs/*.rgb" \
		"PyTorch=$python bench/peers/torch_lpips.py run $net $weights $work/pairs/*.png"
done
