"""Writes the .pth files beside it by torch.save, in both containers, and values.json with what they hold.

Needs Debian's python3-torch: /usr/bin/python3 make.py
"""

import collections
import json

import torch

torch.manual_seed(3)
base = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4) - 11.5
tensors = collections.OrderedDict([
    ("float", torch.randn(2, 3)),
    ("scalar", torch.tensor(2.5)),
    ("empty", torch.zeros(0, 4)),
    ("half", torch.tensor([1.5, -2.0 ** -24, 65504.0, 2.0 ** -14, float("inf"), 0.0], dtype=torch.half)),
    ("brain", torch.tensor([1.5, -3.0, 2.0 ** 100], dtype=torch.bfloat16)),
    ("double", torch.tensor([0.1, -1e-3], dtype=torch.float64)),
    ("transposed", base.permute(2, 0, 1)),
    ("slice", base[1, :, 1:3]),
    ("expanded", torch.tensor([[1.0], [2.0]]).expand(2, 3)),
    ("parameter", torch.nn.Parameter(torch.tensor([[7.0, 8.0]]))),
    ("whole", torch.tensor([1, 2, 3])),
])
model = torch.nn.Sequential(collections.OrderedDict([("conv", torch.nn.Conv2d(1, 2, 3)), ("norm", torch.nn.BatchNorm2d(2))]))

for name, value in [("dictionary", tensors), ("module", model.state_dict()), ("checkpoint", {"epoch": 3, "lr": 0.1, "state_dict": {"w": base}})]:
    torch.save(value, name + ".pth")
    torch.save(value, name + "-legacy.pth", _use_new_zipfile_serialization=False)
torch.save(tensors, "protocol4.pth", pickle_protocol=4)
torch.save(model, "whole-module.pth")  # names classes: must be refused

values = {}
for file, holds in [("dictionary", tensors), ("module", model.state_dict()), ("checkpoint", {"w": base})]:
    values[file] = {k: {"shape": list(v.shape), "values": [str(x) for x in v.detach().float().flatten().tolist()]} for k, v in holds.items()}
with open("values.json", "w") as f:
    json.dump(values, f, indent=1)
    f.write("\n")
