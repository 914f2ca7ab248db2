#!/usr/bin/python3
"""Computes goldens.json by the tools of others: SSIM and PSNR by scikit-image, MS-SSIM by PyTorch.

The pictures are formulas, which golden_test.go repeats; of photographs, whose folder is the one argument, only the
figures are kept. Debian: python3-skimage, python3-torch.
"""
import json
import os
import sys

import numpy as np
import skimage
import skimage.io
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

LUMA = np.array([299, 587, 114])


def hashed(h, w):
    y, x, c = np.meshgrid(np.arange(h), np.arange(w), np.arange(3), indexing="ij")
    v = (x * 374761393 + y * 668265263 + c * 974634777) & 0xFFFFFFFF
    v ^= v >> 13
    v = (v * 1274126177) & 0xFFFFFFFF
    return v ^ (v >> 16)


def picture(w, h):
    y, x = np.meshgrid(np.arange(h), np.arange(w), indexing="ij")
    r = x * x // 7 + 3 * y + 40 * ((x // 16 + y // 16) % 2)
    g = 5 * x + y * y // 11 + x * y % 17
    b = 1000 - x + 2 * y + (x * 7 + y * 3) % 32
    return np.stack([r, g, b], axis=2) % 256


def distorted(v, name):
    if name == "noise":
        v = v + hashed(*v.shape[:2]) % 21 - 10
    elif name == "quantised":
        v = v // 24 * 24 + 12
    elif name == "brighter":
        v = v + 15
    elif name == "negative":
        v = 255 - v
    elif name == "blurred":
        p = np.pad(v, ((1, 1), (1, 1), (0, 0)), mode="edge")
        v = (p[1:-1, 1:-1] + p[:-2, 1:-1] + p[2:, 1:-1] + p[1:-1, :-2] + p[1:-1, 2:]) // 5
    elif name == "displaced":
        v = np.concatenate([v[:, 1:], v[:, -1:]], axis=1)
    return np.clip(v, 0, 255)


def ssim(a, b):
    return structural_similarity(a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255)


def ms_ssim(a, b):
    """Wang, Simoncelli and Bovik 2003, as the authors' msssim.m computes it, in float64."""
    g = torch.exp(-torch.arange(-5, 6, dtype=torch.float64) ** 2 / (2 * 1.5**2))
    g /= g.sum()
    mean = lambda v: torch.nn.functional.conv2d(torch.nn.functional.conv2d(v, g.view(1, 1, 11, 1)), g.view(1, 1, 1, 11))
    a, b = (torch.from_numpy(v)[None, None] for v in (a, b))
    c1, c2, product = 2.55**2, 7.65**2, 1.0
    for i, weight in enumerate([0.0448, 0.2856, 0.3001, 0.2363, 0.1333]):
        ma, mb = mean(a), mean(b)
        va, vb, cov = mean(a * a) - ma * ma, mean(b * b) - mb * mb, mean(a * b) - ma * mb
        factor = (2 * cov + c2) / (va + vb + c2)
        if i == 4:
            factor = factor * (2 * ma * mb + c1) / (ma * ma + mb * mb + c1)
        product *= max(factor.mean().item(), 0) ** weight
        pad = (0, a.shape[3] % 2, 0, a.shape[2] % 2)
        a, b = (torch.nn.functional.avg_pool2d(torch.nn.functional.pad(v, pad, mode="replicate"), 2) for v in (a, b))
    return product


def entry(a, b, peak=255):
    """a and b hold integers 0 to peak."""
    ya, yb = (v @ LUMA / (1000 * peak / 255) for v in (a, b))
    e = {
        "ssim": ssim(ya, yb),
        "ssimRGB": [ssim(a[..., c] * (255 / peak), b[..., c] * (255 / peak)) for c in range(3)],
        "psnrRGB": [peak_signal_noise_ratio(a[..., c], b[..., c], data_range=peak) for c in range(3)],
        "psnr": peak_signal_noise_ratio(a, b, data_range=peak),
    }
    if min(ya.shape) >= 176:
        e["msssim"] = ms_ssim(ya, yb)
    return e


def main():
    generated, photographs = [], []
    for w, h in (11, 11), (97, 75), (139, 60), (208, 187), (301, 222):
        a = picture(w, h)
        for name in "noise", "quantised", "brighter", "negative", "blurred", "displaced":
            b = distorted(a, name)
            generated.append({"width": w, "height": h, "distortion": name, "depth": 8, **entry(a, b)})
            if (w, h) == (208, 187):
                wide = [v * 256 + hashed(h, w) % (200 + i) for i, v in enumerate((a, b))]
                generated.append({"width": w, "height": h, "distortion": name, "depth": 16, **entry(*wide, 65535)})
    for name in sorted(os.listdir(sys.argv[1])):
        a = skimage.io.imread(os.path.join(sys.argv[1], name)).astype(np.int64)
        for kind in "noise", "quantised", "blurred":
            photographs.append({"file": name, "distortion": kind, "depth": 8, **entry(a, distorted(a, kind))})
    tools = f"scikit-image {skimage.__version__}, PyTorch {torch.__version__}, NumPy {np.__version__}"
    lines = lambda entries: ",\n".join("  " + json.dumps(e) for e in entries)
    print('{"tools": %s,\n"generated": [\n%s\n],\n"photographs": [\n%s\n]}' % (json.dumps(tools), lines(generated), lines(photographs)))


if __name__ == "__main__":
    main()
