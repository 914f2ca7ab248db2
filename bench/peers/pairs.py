#!/usr/bin/python3
"""Pairs of pictures as files, for the comparisons of whole commands.

    pairs.py jpeg DIR WIDTHxHEIGHT QUALITY [PHOTO…]  DIR/reference/NN.jpg of quality 90, DIR/candidate/NN.jpg the same
                                                     coded once more at QUALITY; both 4:2:0
    pairs.py png DIR WIDTHxHEIGHT [PHOTO…]           DIR/NN.reference.png, DIR/NN.jpeg.png (as JPEG of quality 90) and
                                                     DIR/NN.warm.png, DIR/NN.light.png (a mean ΔE00 of 5 off); says
                                                     the ΔE00 of each on standard error

A picture is tiled with the photographs at their own size, since enlarged ones are easier to code than real ones are.
Each photograph begins one. Without photographs four pictures are generated. Needs Debian's python3-pil,
python3-numpy and, for png, python3-skimage.
"""
import io
import os
import sys

import numpy as np
from PIL import Image


def generated(seed):
    """Smooth shapes, edges and grain."""
    r = np.random.default_rng(seed)
    y, x = np.mgrid[0:512, 0:768] / 100
    v = sum(np.sin(x * r.normal() * 2 + y * r.normal() * 2 + r.normal())[..., None] * r.normal(size=3) for _ in range(12))
    v += ((x // 1 + y // 1) % 2)[..., None] * r.normal(size=3)
    return Image.fromarray(np.clip(128 + 30 * v + r.normal(size=v.shape) * 3, 0, 255).astype(np.uint8))


def pictures(size, photos):
    photos = [Image.open(p).convert("RGB") for p in photos] or [generated(i) for i in range(4)]
    photos = [p.transpose(Image.Transpose.ROTATE_90) if p.height > p.width else p for p in photos]
    for first in range(len(photos)):
        picture, y, next_one = Image.new("RGB", size), 0, first
        while y < size[1]:
            x, height = 0, size[1]
            while x < size[0]:
                photo = photos[next_one % len(photos)]
                picture.paste(photo, (x, y))
                x, height, next_one = x + photo.width, min(height, photo.height), next_one + 1
            y += height
        yield picture


def coded(picture, quality):
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, subsampling="4:2:0")
    return out.getvalue()


def jpeg(folder, size, quality, photos):
    for side in "reference", "candidate":
        os.makedirs(os.path.join(folder, side), exist_ok=True)
    for i, picture in enumerate(pictures(size, photos)):
        reference = coded(picture, 90)
        candidate = coded(Image.open(io.BytesIO(reference)), quality)
        for side, data in ("reference", reference), ("candidate", candidate):
            with open(os.path.join(folder, side, f"{i:02}.jpg"), "wb") as f:
                f.write(data)


def warm(a, strength):
    return a * np.array([1 + strength, 1, 1 - strength])


def light(a, strength):
    return a + 255 * strength


def changed(a, change, strength):
    return np.clip(change(a.astype(float), strength) + 0.5, 0, 255).astype(np.uint8)


def png(folder, size, photos):
    from skimage.color import deltaE_ciede2000, rgb2lab

    for i, picture in enumerate(pictures(size, photos)):
        a = np.asarray(picture)
        lab, some = rgb2lab(a), a[::4, ::4]  # enough to find the strength by
        picture.save(os.path.join(folder, f"{i:02}.reference.png"))
        variants = {"jpeg": np.asarray(Image.open(io.BytesIO(coded(picture, 90))))}
        for name, change in ("warm", warm), ("light", light):
            low, high = 0, 1
            for _ in range(12):  # the strength that gives ΔE00 5
                strength = (low + high) / 2
                if deltaE_ciede2000(lab[::4, ::4], rgb2lab(changed(some, change, strength))).mean() < 5:
                    low = strength
                else:
                    high = strength
            variants[name] = changed(a, change, strength)
        for name, b in variants.items():
            mean = deltaE_ciede2000(lab, rgb2lab(b)).mean()
            print(f"picture {i:02}, {name}: mean ΔE00 {mean:.2f} by scikit-image", file=sys.stderr)
            Image.fromarray(b).save(os.path.join(folder, f"{i:02}.{name}.png"))


def main():
    kind, folder = sys.argv[1:3]
    size = tuple(int(n) for n in sys.argv[3].split("x"))
    if kind == "jpeg":
        jpeg(folder, size, int(sys.argv[4]), sys.argv[5:])
    else:
        png(folder, size, sys.argv[4:])


main()
