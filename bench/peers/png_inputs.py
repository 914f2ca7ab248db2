"""Makes the inputs of bench/png.sh beside the photographs themselves: png_inputs.py FOLDER PHOTO…

Of each photograph: reencoded (libpng's filters and zlib's level 6, as most programs write), with alpha, grey, palette,
16 bits. And flat graphics as in screenshots: areas, lines and text, with and without alpha, and as a palette.
"""
import os
import struct
import sys
import zlib

import numpy
from PIL import Image, ImageDraw


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def write16(path, picture):
    """Writes 16-bit RGB, which Pillow cannot, each row with filter Sub, Up, Average or Paeth in turn."""
    h, w, _ = picture.shape
    rows = picture.astype(">u2").tobytes()
    rows = numpy.frombuffer(rows, numpy.uint8).reshape(h, 6 * w).astype(numpy.int16)
    out = bytearray()
    above = numpy.zeros(6 * w, numpy.int16)
    for y, row in enumerate(rows):
        a = numpy.concatenate([numpy.zeros(6, numpy.int16), row[:-6]])
        c = numpy.concatenate([numpy.zeros(6, numpy.int16), above[:-6]])
        pa, pb, pc = abs(above - c), abs(a - c), abs(a + above - 2 * c)
        paeth = numpy.where((pa <= pb) & (pa <= pc), a, numpy.where(pb <= pc, above, c))
        kind = y % 4 + 1
        out.append(kind)
        out += ((row - [a, above, (a + above) // 2, paeth][kind - 1]) & 255).astype(numpy.uint8).tobytes()
        above = row
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 16, 2, 0, 0, 0)))
        data = zlib.compress(bytes(out), 6)
        for i in range(0, len(data), 8192):
            f.write(chunk(b"IDAT", data[i : i + 8192]))
        f.write(chunk(b"IEND", b""))


def screenshot(seed, mode):
    rng = numpy.random.default_rng(seed)
    picture = Image.new(mode, (1280, 800), (248, 248, 250, 255)[: len(mode)])
    draw = ImageDraw.Draw(picture)
    colour = lambda: tuple(int(v) for v in rng.integers(0, 256, len(mode)))
    for _ in range(25):
        x, y, w, h = (int(v) for v in rng.integers(0, [1200, 760, 500, 300]))
        draw.rounded_rectangle((x, y, x + w + 9, y + h + 9), 8, fill=colour(), outline=colour())
    for _ in range(120):
        x, y = (int(v) for v in rng.integers(0, [1100, 780]))
        draw.text((x, y), "image %08x, 0.%05d, deviation" % tuple(rng.integers(0, 99999, 2)), fill=colour())
    return picture


def main(folder, photos):
    def save(kind, i, picture, **options):
        os.makedirs(f"{folder}/{kind}", exist_ok=True)
        picture.save(f"{folder}/{kind}/{i:02}.png", **options)

    for i, name in enumerate(photos):
        rgb = Image.open(name).convert("RGB")
        save("reencoded", i, rgb)
        save("grey", i, rgb.convert("L"))
        save("palette", i, rgb.quantize(256))
        alpha = rgb.copy()
        alpha.putalpha(Image.linear_gradient("L").resize(rgb.size))
        save("alpha", i, alpha)
        os.makedirs(f"{folder}/deep", exist_ok=True)
        wide = numpy.asarray(rgb, numpy.uint32) * 257
        noise = numpy.random.default_rng(i).integers(-40, 41, wide.shape)
        write16(f"{folder}/deep/{i:02}.png", numpy.clip(wide.astype(int) + noise, 0, 65535).astype(numpy.uint16))
    for i in range(32):  # many, since a round of a few milliseconds cannot be timed
        save("flat", i, screenshot(i, "RGB"))
        save("flatalpha", i, screenshot(i, "RGBA"))
        save("flatpalette", i, screenshot(i, "RGB").quantize(256))


main(sys.argv[1], sys.argv[2:])
