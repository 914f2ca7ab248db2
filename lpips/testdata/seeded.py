"""Writes seeded.json: what PyTorch makes of seeded networks and pictures, as seeded_test.go makes them.

Needs Debian's python3-torch and python3-numpy: /usr/bin/python3 seeded.py
The graph is written here from the papers' descriptions, with torch.nn.functional alone.
"""

import json

import numpy
import torch
import torch.nn.functional as F


def uniform(seed, n):
    """SplitMix64 (Steele, Lea, Flood 2014): n values in [0, 1), each of 24 bits, as float32."""
    with numpy.errstate(over="ignore"):
        z = numpy.uint64(seed) + numpy.arange(1, n + 1, dtype=numpy.uint64) * numpy.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        z = z ^ (z >> numpy.uint64(31))
    return ((z >> numpy.uint64(40)).astype(numpy.float64) / (1 << 24)).astype(numpy.float32)


def conv(name, cin, cout, side, stride=1, pad=0):
    return ("conv", name, cin, cout, side, stride, pad)


def fire(name, cin, squeeze, expand):
    return ("fire", conv(name + ".squeeze", cin, squeeze, 1), conv(name + ".expand1x1", squeeze, expand, 1),
            conv(name + ".expand3x3", squeeze, expand, 3, 1, 1))


def vgg():
    layers, cin, index = [], 3, 0
    for block in [[64] * 2, [128] * 2, [256] * 3, [512] * 3, [512] * 3]:
        if index:
            layers.append(("pool", 2, False))
            index += 1
        for cout in block:
            layers.append(conv("features.%d" % index, cin, cout, 3, 1, 1))
            cin, index = cout, index + 2
        layers.append("tap")
    return layers


NETS = {
    "alex": [conv("features.0", 3, 64, 11, 4, 2), "tap", ("pool", 3, False), conv("features.3", 64, 192, 5, 1, 2), "tap",
             ("pool", 3, False), conv("features.6", 192, 384, 3, 1, 1), "tap", conv("features.8", 384, 256, 3, 1, 1), "tap",
             conv("features.10", 256, 256, 3, 1, 1), "tap"],
    "squeeze": [conv("features.0", 3, 64, 3, 2), "tap", ("pool", 3, True), fire("features.3", 64, 16, 64),
                fire("features.4", 128, 16, 64), "tap", ("pool", 3, True), fire("features.6", 128, 32, 128),
                fire("features.7", 256, 32, 128), "tap", ("pool", 3, True), fire("features.9", 256, 48, 192), "tap",
                fire("features.10", 384, 48, 192), "tap", fire("features.11", 384, 64, 256), "tap",
                fire("features.12", 512, 64, 256), "tap"],
    "vgg": vgg(),
}


class Net:
    """Tensors are numbered in the order of Kind.Specs: tensor k is seeded with 1000·k + 1. Weights reach ±√(6/inputs),
    biases ±0.1, the weights of the distance 0 to 1."""

    def __init__(self, layers, dtype):
        self.layers, self.dtype, self.w = layers, dtype, {}
        convs = [c for l in layers if l != "tap" for c in ([l] if l[0] == "conv" else l[1:] if l[0] == "fire" else [])]
        k = 0
        for _, name, cin, cout, side, _, _ in convs:
            fan = cin * side * side
            bound = numpy.float32(numpy.sqrt(6.0 / fan))
            self.w[name + ".weight"] = self.tensor((uniform(1000 * k + 1, cout * fan) * 2 - 1) * bound, cout, cin, side, side)
            self.w[name + ".bias"] = self.tensor((uniform(1000 * k + 1001, cout) * 2 - 1) * numpy.float32(0.1), cout)
            k += 2
        self.first_head = k

    def tensor(self, values, *shape):
        return torch.from_numpy(values.reshape(shape)).to(self.dtype)

    def conv(self, x, c):
        return F.relu(F.conv2d(x, self.w[c[1] + ".weight"], self.w[c[1] + ".bias"], c[5], c[6]))

    def layer(self, x, l):
        if l[0] == "conv":
            return self.conv(x, l)
        if l[0] == "pool":
            return F.max_pool2d(x, l[1], 2, ceil_mode=l[2])
        s = self.conv(x, l[1])
        return torch.cat([self.conv(s, l[2]), self.conv(s, l[3])], 1)

    def run(self, a, b):
        """Returns means and maxima of the features after each layer, and the distance of each stage."""
        x = torch.from_numpy(numpy.stack([a, b]).transpose(0, 3, 1, 2).astype(numpy.float64) / 127.5 - 1).to(self.dtype)
        shift = self.tensor(numpy.float32([-.030, -.088, -.188]), 1, 3, 1, 1)
        spread = self.tensor(numpy.float32([.458, .448, .450]), 1, 3, 1, 1)
        x = (x - shift) / spread
        features, stages = [], []
        for l in self.layers:
            if l != "tap":
                x = self.layer(x, l)
                features.append([x.double().mean().item(), x.double().max().item()])
                continue
            head = self.tensor(uniform(1000 * (self.first_head + len(stages)) + 1, x.shape[1]), 1, x.shape[1], 1, 1)
            unit = x / (torch.sqrt(torch.sum(x ** 2, 1, keepdim=True)) + 1e-10)
            stages.append(F.conv2d((unit[:1] - unit[1:]) ** 2, head).mean().item())
        return features, stages


def pictures(width, height):
    """A picture of noise seeded with its size, and the same with up to ±31 added."""
    n = 3 * width * height
    a = numpy.floor(uniform(width * 65536 + height, n) * 256).astype(numpy.int32)
    b = numpy.clip(a + numpy.floor(uniform(width * 65536 + height + 7, n) * 63).astype(numpy.int32) - 31, 0, 255)
    return a.reshape(height, width, 3), b.reshape(height, width, 3)


torch.set_num_threads(1)
cases = []
for name, layers in NETS.items():
    single, double = Net(layers, torch.float32), Net(layers, torch.float64)
    for width, height in [(32, 32), (49, 35)] if name == "vgg" else [(32, 31), (64, 64), (97, 71)]:
        a, b = pictures(width, height)
        with torch.no_grad():
            _, stages = single.run(a, b)
            features, exact = double.run(a, b)
        cases.append({"network": name, "width": width, "height": height, "torch": sum(stages), "exact": exact, "features": features})
with open("seeded.json", "w") as f:
    f.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
print("torch", torch.__version__, *["%s %dx%d %.7f" % (c["network"], c["width"], c["height"], c["torch"]) for c in cases], sep="\n")
