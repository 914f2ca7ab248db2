"""LPIPS v0.1 by PyTorch, as a peer of the comparison, and the preparation of the other peers.

torch_lpips.py run NET FOLDER A.png B.png ...           answers rounds on standard input (see bench/compare)
torch_lpips.py export NET FOLDER OUT.onnx WIDTH HEIGHT  writes the network for ONNX Runtime
torch_lpips.py pairs OUT SIDE [IMAGE ...]               writes pairs of pictures, as PNG and as raw RGB

FOLDER holds torchvision's files (alexnet-*.pth, squeezenet1_1-*.pth) and the authors' alex.pth and squeeze.pth.
Needs Debian's python3-torch, python3-pil and python3-numpy.
"""

import glob
import os
import resource
import sys

import numpy
import torch
import torch.nn.functional as F
from PIL import Image

# Each layer: ("conv", name, stride, padding), ("pool", ceil) or ("fire", name); "tap" compares what went before.
NETS = {
    "alex": ("alexnet*.pth", [
        ("conv", "features.0", 4, 2), "tap", ("pool", False), ("conv", "features.3", 1, 2), "tap", ("pool", False),
        ("conv", "features.6", 1, 1), "tap", ("conv", "features.8", 1, 1), "tap", ("conv", "features.10", 1, 1), "tap"]),
    "squeeze": ("squeezenet1_1*.pth", [
        ("conv", "features.0", 2, 0), "tap", ("pool", True), ("fire", "features.3"), ("fire", "features.4"), "tap",
        ("pool", True), ("fire", "features.6"), ("fire", "features.7"), "tap", ("pool", True), ("fire", "features.9"),
        "tap", ("fire", "features.10"), "tap", ("fire", "features.11"), "tap", ("fire", "features.12"), "tap"]),
}


class LPIPS(torch.nn.Module):
    """Takes two pictures as uint8, height × width × 3, of one size."""

    def __init__(self, net, folder):
        super().__init__()
        pattern, self.layers = NETS[net]
        (backbone,) = glob.glob(os.path.join(folder, pattern))
        self.w = dict(torch.load(backbone, map_location="cpu"))
        self.w.update(torch.load(os.path.join(folder, net + ".pth"), map_location="cpu"))
        self.shift = torch.tensor([-.030, -.088, -.188]).view(1, 3, 1, 1)
        self.scale = torch.tensor([.458, .448, .450]).view(1, 3, 1, 1)

    def conv(self, x, name, stride=1, padding=0):
        return F.relu(F.conv2d(x, self.w[name + ".weight"], self.w[name + ".bias"], stride, padding))

    def forward(self, a, b):
        x = torch.stack([a, b]).permute(0, 3, 1, 2).float() / 127.5 - 1
        x = (x - self.shift) / self.scale
        total, taps = 0, 0
        for layer in self.layers:
            if layer == "tap":
                unit = x / (torch.sqrt(torch.sum(x ** 2, 1, keepdim=True)) + 1e-10)
                diff = (unit[0:1] - unit[1:2]) ** 2
                total = total + F.conv2d(diff, self.w["lin%d.model.1.weight" % taps]).mean()
                taps += 1
            elif layer[0] == "conv":
                x = self.conv(x, *layer[1:])
            elif layer[0] == "pool":
                x = F.max_pool2d(x, 3, 2, ceil_mode=layer[1])
            else:
                s = self.conv(x, layer[1] + ".squeeze")
                x = torch.cat([self.conv(s, layer[1] + ".expand1x1"), self.conv(s, layer[1] + ".expand3x3", 1, 1)], 1)
        return total


def load(file):
    return torch.from_numpy(numpy.asarray(Image.open(file).convert("RGB")).copy())


def run(net, folder, files):
    model, pictures = LPIPS(net, folder), [load(f) for f in files]
    units = sum(p.shape[0] * p.shape[1] for p in pictures) / 2e6
    first = True
    for _ in sys.stdin:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        values = [float(model(a, b)) for a, b in zip(pictures[::2], pictures[1::2])]
        print("%.6f %.6f" % (units, resource.getrusage(resource.RUSAGE_SELF).ru_utime - before), flush=True)
        if first:
            print(*["torch %.7f" % v for v in values], sep="\n", file=sys.stderr)
        first = False


def export(net, folder, out, width, height):
    example = torch.zeros(int(height), int(width), 3, dtype=torch.uint8)
    torch.onnx.export(LPIPS(net, folder), (example, example), out, opset_version=13, input_names=["a", "b"], output_names=["d"])


def pairs(out, side, images):
    """A picture and its JPEG of quality 30, cut to side × side; without images, four of noise in several sizes."""
    side = int(side)
    originals = [Image.open(f).convert("RGB") for f in images]
    for seed in range(0 if originals else 4):
        noise = numpy.random.default_rng(seed)
        layers = [Image.fromarray(noise.integers(0, 256, (side >> k, side >> k, 3), numpy.uint8)).resize((side, side), Image.BICUBIC) for k in range(1, 7)]
        originals.append(Image.fromarray(numpy.mean([numpy.asarray(m) for m in layers], 0).astype(numpy.uint8)))
    for i, m in enumerate(originals):
        left, top = max(0, (m.width - side) // 2), max(0, (m.height - side) // 2)
        m = m.crop((left, top, min(m.width, left + side), min(m.height, top + side))).resize((side, side))
        m.save("%s/q.jpg" % out, quality=30)
        for name, picture in (("%s/%02da" % (out, i), m), ("%s/%02db" % (out, i), Image.open("%s/q.jpg" % out))):
            picture.save(name + ".png")
            open(name + ".rgb", "wb").write(picture.convert("RGB").tobytes())
    os.remove("%s/q.jpg" % out)


if __name__ == "__main__":
    torch.set_num_threads(1)
    with torch.no_grad():
        if sys.argv[1] == "run":
            run(sys.argv[2], sys.argv[3], sys.argv[4:])
        elif sys.argv[1] == "export":
            export(*sys.argv[2:7])
        else:
            pairs(sys.argv[2], sys.argv[3], sys.argv[4:])
