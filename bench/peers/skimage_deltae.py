#!/usr/bin/python3
"""ΔE00 by scikit-image, for bench/compare: rgb2lab of both pictures, deltaE_ciede2000, its mean.

    skimage_deltae.py FILE…      pairs REFERENCE CANDIDATE…

Needs Debian's python3-skimage and python3-pil.
"""
import resource
import sys

import numpy as np
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

pictures = [np.asarray(Image.open(f)) for f in sys.argv[1:]]
for _ in sys.stdin:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    for a, b in zip(pictures[::2], pictures[1::2]):
        deltaE_ciede2000(rgb2lab(a), rgb2lab(b)).mean()
    seconds = resource.getrusage(resource.RUSAGE_SELF).ru_utime - before
    print(sum(p.shape[0] * p.shape[1] for p in pictures[::2]) / 1e6, seconds, flush=True)
