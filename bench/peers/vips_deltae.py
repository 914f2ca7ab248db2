#!/usr/bin/python3
"""ΔE00 by libvips, for bench/compare: vips_dE00 of two sRGB images in memory, its map written to memory.

    vips_deltae.py map|avg|file FILE…     pairs REFERENCE CANDIDATE…; avg takes the mean of the map as well, file
                                          opens and decodes the files in each round besides

It calls the shared library itself, so that no start-up counts. Needs Debian's libvips42.
"""
import ctypes
import resource
import sys

vips = ctypes.CDLL("libvips.so.42")
pointer = ctypes.c_void_p
vips.vips_image_new_from_file.restype = pointer
vips.vips_image_copy_memory.restype = pointer


def check(ok):
    if not ok:
        vips.vips_error_buffer.restype = ctypes.c_char_p
        sys.exit("vips_deltae: " + vips.vips_error_buffer().decode())


def load(name):
    image = vips.vips_image_new_from_file(name.encode(), None)
    check(image)
    memory = pointer(vips.vips_image_copy_memory(pointer(image)))
    check(memory)
    vips.g_object_unref(pointer(image))
    return memory


def difference(a, b, average):
    out, mean = pointer(), ctypes.c_double()
    check(vips.vips_dE00(a, b, ctypes.byref(out), None) == 0)
    result = pointer(vips.vips_image_copy_memory(out))
    check(result)
    if average:
        check(vips.vips_avg(result, ctypes.byref(mean), None) == 0)
    pixels = vips.vips_image_get_width(result) * vips.vips_image_get_height(result)
    vips.g_object_unref(result)
    vips.g_object_unref(out)
    return pixels


def main():
    check(vips.vips_init(b"vips_deltae") == 0)
    vips.vips_concurrency_set(1)
    vips.vips_cache_set_max(0)
    mode, files = sys.argv[1], sys.argv[2:]
    pictures = files if mode == "file" else [load(f) for f in files]
    for _ in sys.stdin:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        pixels = 0
        for a, b in zip(pictures[::2], pictures[1::2]):
            pair = [load(a), load(b)] if mode == "file" else [a, b]
            pixels += difference(*pair, mode != "map")
            if mode == "file":
                for image in pair:
                    vips.g_object_unref(image)
        print(pixels / 1e6, resource.getrusage(resource.RUSAGE_SELF).ru_utime - before, flush=True)


main()
