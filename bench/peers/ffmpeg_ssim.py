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

MEGAPIXELS = 300


def seconds(size, frames, *paths):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    command = ["ffmpeg", "-v", "error", "-nostdin", "-filter_threads", "1", "-filter_complex_threads", "1"]
    for path in paths:
        command += ["-stream_loop", "-1", "-threads", "1", "-f", "rawvideo", "-pix_fmt", "gray", "-s", size, "-i", path]
    command += ["-frames:v", str(frames), "-lavfi", "ssim", "-f", "null", "-"]
    subprocess.run(command, check=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def main():
    work, files = sys.argv[1], sys.argv[2:]
    pictures = [Image.open(f) for f in files]
    size = f"{pictures[0].width}x{pictures[0].height}"
    megapixels = pictures[0].width * pictures[0].height / 1e6
    paths = [os.path.join(work, f"{side}.gray") for side in range(2)]
    for side, path in enumerate(paths):
        with open(path, "wb") as f:
            f.writelines(p.tobytes() for p in pictures[side::2])
    frames = int(MEGAPIXELS / megapixels)
    for _ in sys.stdin:
        spent = seconds(size, 1 + frames, *paths) - seconds(size, 1, *paths)
        print(frames * megapixels, spent, flush=True)


main()
