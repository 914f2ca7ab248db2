#!/usr/bin/python3
"""SSIM and PSNR by scikit-image, for bench/compare.

    skimage_ssim.py pairs DIR [PHOTO…]    writes NAME.0.ppm, NAME.1.ppm, NAME.0.pgm, NAME.1.pgm: pictures of one size
                                          and the same as JPEG of quality 50; generated ones without photos
    skimage_ssim.py ssim|psnr FILE…       pairs of PGM for ssim, of PPM for psnr, REFERENCE CANDIDATE…
"""
import io
import os
import resource
import sys

import numpy as np
from PIL import Image


def generated(seed):
    """Smooth shapes, edges and grain."""
    r = np.random.default_rng(seed)
    y, x = np.mgrid[0:768, 0:1024] / 100
    v = sum(np.sin(x * r.normal() * 2 + y * r.normal() * 2 + r.normal())[..., None] * r.normal(size=3) for _ in range(12))
    v += ((x // 1 + y // 1) % 2)[..., None] * r.normal(size=3)
    return Image.fromarray(np.clip(128 + 30 * v + r.normal(size=v.shape) * 3, 0, 255).astype(np.uint8))


def pairs(folder, photos):
    pictures = [Image.open(p).convert("RGB") for p in photos] or [generated(i) for i in range(4)]
    pictures = [p.transpose(Image.Transpose.ROTATE_90) if p.height > p.width else p for p in pictures]
    size = (0, 0, min(p.width for p in pictures), min(p.height for p in pictures))
    for i, picture in enumerate(pictures):
        picture = picture.crop(size)
        coded = io.BytesIO()
        picture.save(coded, "JPEG", quality=50)
        for side, p in enumerate((picture, Image.open(coded).convert("RGB"))):
            p.save(os.path.join(folder, f"{i:02}.{side}.ppm"))
            p.convert("L").save(os.path.join(folder, f"{i:02}.{side}.pgm"))


def serve(measure, files):
    pictures = [np.asarray(Image.open(f)) for f in files]
    for _ in sys.stdin:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        for a, b in zip(pictures[::2], pictures[1::2]):
            measure(a, b)
        seconds = resource.getrusage(resource.RUSAGE_SELF).ru_utime - before
        print(sum(p.shape[0] * p.shape[1] for p in pictures[::2]) / 1e6, seconds, flush=True)


def main():
    if sys.argv[1] == "pairs":
        return pairs(sys.argv[2], sys.argv[3:])
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity

    serve({
        "ssim": lambda a, b: structural_similarity(
            a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255),
        "psnr": lambda a, b: peak_signal_noise_ratio(a, b, data_range=255),
    }[sys.argv[1]], sys.argv[2:])


main()
