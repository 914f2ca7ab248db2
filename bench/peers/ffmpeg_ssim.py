#!/usr/bin/python3
"""The filter ssim of ffmpeg (8×8 box, grey), for bench/compare.

    ffmpeg_ssim.py WORKDIR FILE…    pairs of PGM of one size, REFERENCE CANDIDATE…

A round is a process over many raw grey frames less a process over one, so that start-up does not count.
"""
import os
import resource
import subprocess
import sys

from PIL import Image

FRAMES = 200


def write(path, pictures, frames):
    with open(path, "wb") as f:
        for i in range(frames):
            f.write(pictures[i % len(pictures)].tobytes())


def seconds(size, *paths):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    command = ["ffmpeg", "-v", "error", "-nostdin", "-filter_threads", "1", "-filter_complex_threads", "1"]
    for path in paths:
        command += ["-threads", "1", "-f", "rawvideo", "-pix_fmt", "gray", "-s", size, "-i", path]
    subprocess.run(command + ["-lavfi", "ssim", "-f", "null", "-"], check=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def main():
    work, files = sys.argv[1], sys.argv[2:]
    pictures = [Image.open(f) for f in files]
    size = f"{pictures[0].width}x{pictures[0].height}"
    paths = {n: [os.path.join(work, f"{n}.{side}.gray") for side in range(2)] for n in (1, FRAMES)}
    for n, pair in paths.items():
        for side in range(2):
            write(pair[side], pictures[side::2], n)
    for _ in sys.stdin:
        spent = seconds(size, *paths[FRAMES]) - seconds(size, *paths[1])
        print((FRAMES - 1) * pictures[0].width * pictures[0].height / 1e6, spent, flush=True)


main()
