"""Images that mean harm: as a module the list of them, as a program what became of each in a process of its own.

The program prints a line of JSON an image: its name, what came of it, seconds of processor time, and the growth in KiB
of the most memory that the process has ever had.
"""

import io
import json
import random
import struct
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
PNG = b"\x89PNG\r\n\x1a\n"


def hostile() -> Iterator[tuple[str, bytes]]:
    """(name, content) of images of which none can be embedded."""
    for family in (truncated, mangled_chunks, huge_headers, bombs, no_images):
        yield from family()


def picture(width: int = 40, height: int = 30) -> Image.Image:
    noise = np.random.default_rng(3).integers(0, 256, (height, width, 3))
    return Image.fromarray(noise.astype(np.uint8))


def encoded(kind: str, image: Image.Image | None = None, **options: object) -> bytes:
    buffer = io.BytesIO()
    (image or picture()).save(buffer, kind, **options)
    return buffer.getvalue()


def truncated() -> Iterator[tuple[str, bytes]]:
    """Cut off at 22 places of each format, and at every chunk of a PNG."""
    for kind in FORMATS:
        content = encoded(kind)
        # The last bytes of a JPEG and a GIF say only that this was the end.
        for share in range(1, 23):
            yield f"{kind} cut at {share}/24", content[: len(content) * share // 24]
    content = encoded("PNG", icc_profile=b"profile" * 40)
    for name, start, end in chunks(content):
        if name in ("IHDR", "iCCP", "IDAT"):
            yield f"PNG cut before {name}", content[:start]
            yield f"PNG cut in {name}", content[: (start + end) // 2]


def chunks(content: bytes) -> Iterator[tuple[str, int, int]]:
    """(name, start, end) of the chunks of a PNG."""
    start = len(PNG)
    while start < len(content):
        (length,) = struct.unpack_from(">I", content, start)
        end = start + length + 12
        yield content[start + 4 : start + 8].decode(), start, end
        start = end


def mangled_chunks() -> Iterator[tuple[str, bytes]]:
    """Wrong lengths, wrong sums, chunks out of place and left out."""
    content = encoded("PNG")
    parts = {name: content[start:end] for name, start, end in chunks(content)}
    for name, start, _ in list(chunks(content))[:2]:
        # An IDAT that says it is longer than the file holds all that it must: it is a picture.
        for length in (0, 1, 0x7FFFFFFF, 0xFFFFFFFF)[: 2 if name == "IDAT" else 4]:
            yield f"PNG {name} of length {length}", content[:start] + struct.pack(">I", length) + content[start + 4 :]
    flipped = bytes([parts["IHDR"][-1] ^ 1])
    yield "PNG IHDR with a wrong sum", PNG + parts["IHDR"][:-1] + flipped + parts["IDAT"] + parts["IEND"]
    yield "PNG without IDAT", PNG + parts["IHDR"] + parts["IEND"]
    yield "PNG without IHDR", PNG + parts["IDAT"] + parts["IEND"]
    yield "PNG of IEND alone", PNG + parts["IEND"]
    yield "PNG with IDAT that is no zlib", png(40, 30, b"no zlib at all" * 20)
    yield "PNG with half of its pixels", png(40, 30, zlib.compress(bytes(40 * 3 * 15)))
    for depth, colour in ((3, 2), (16, 3), (8, 9), (0, 0), (255, 255)):
        yield f"PNG of depth {depth} and colour {colour}", png(4, 4, zlib.compress(bytes(99)), depth, colour)
    random.seed(5)
    for kind in FORMATS:
        for seed in range(4):
            head = encoded(kind)[:12]
            yield f"{kind} head and noise {seed}", head + random.randbytes(500 + 400 * seed)


def png(width: int, height: int, data: bytes, depth: int = 8, colour: int = 2, *more: tuple[bytes, bytes]) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return PNG + b"".join(chunk(*part) for part in ((b"IHDR", header), *more, (b"IDAT", data), (b"IEND", b"")))


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def huge_headers() -> Iterator[tuple[str, bytes]]:
    """Small files that say they are enormous."""
    for side in (50_000, 65_535, 0x7FFFFFFF):
        for depth, colour in ((8, 2), (8, 6), (16, 6), (1, 0)):
            name = f"PNG of {side} x {side}, {depth} bits, colour {colour}"
            yield name, png(side, side, zlib.compress(bytes(1000)), depth, colour)
    yield "PNG of 0 x 5", png(0, 5, zlib.compress(b""))
    yield "PNG of 2,000,000,000 x 1", png(2_000_000_000, 1, zlib.compress(bytes(1000)))
    yield "PNG of 1 x 2,000,000,000", png(1, 2_000_000_000, zlib.compress(bytes(1000)))
    for side in (50_000, 65_500):
        yield f"JPEG of {side}", resized_jpeg(encoded("JPEG"), side)
        yield f"progressive JPEG of {side}", resized_jpeg(encoded("JPEG", progressive=True), side)
        yield f"GIF of {side}", encoded("GIF")[:6] + struct.pack("<HH", side, side) + encoded("GIF")[10:]
    yield "GIF whose frame is larger than itself", grown_gif(60_000)
    for side in (50_000, 0x7FFFFFFF, -0x80000000):
        content = encoded("BMP")
        yield f"BMP of {side}", content[:18] + struct.pack("<ii", 50_000, side) + content[26:]
    extended = b"VP8X" + struct.pack("<I", 10) + bytes(4)
    for side in (16_384, 50_000, 16_777_216):
        canvas = (side - 1).to_bytes(3, "little") * 2
        yield f"WebP canvas of {side}", riff(extended + canvas + encoded("WEBP")[12:])
    lossless = encoded("WEBP", lossless=True)
    yield "WebP lossless of 16,384", lossless[:21] + b"\xff\xff\xff\x0f" + lossless[25:]
    lossy = encoded("WEBP")
    yield "WebP lossy of 16,383", lossy[:26] + b"\xff\x3f\xff\x3f" + lossy[30:]


def riff(body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def resized_jpeg(content: bytes, side: int) -> bytes:
    """With another size in its frame header."""
    at = max(content.find(b"\xff\xc0"), content.find(b"\xff\xc2"))
    return content[: at + 5] + struct.pack(">HH", side, side) + content[at + 9 :]


def grown_gif(side: int) -> bytes:
    """With another size in its first frame."""
    content = encoded("GIF")
    at = content.index(b"\x2c\0\0\0\0")
    return content[: at + 5] + struct.pack("<HH", side, side) + content[at + 9 :]


def bombs() -> Iterator[tuple[str, bytes]]:
    """Little that becomes much."""
    yield from png_bombs()
    noise = encoded("JPEG", picture(400, 300), progressive=True)
    scan = noise[noise.rindex(b"\xff\xda") : -2]
    yield "JPEG of 5000 scans", noise[:-2] + scan[:20] * 5000 + noise[-2:]
    yield "JPEG of 20,000 scans of 30 megapixels", resized_jpeg(noise, 5477)[:-2] + scan[:20] * 20_000 + noise[-2:]
    yield "progressive JPEG of 36 megapixels", resized_jpeg(noise, 6000)
    plain = encoded("BMP", picture().convert("P"))
    lengths = struct.pack("<iiHHI", 36_000_000, 1, 1, 8, 1)
    yield "BMP that skips 255 rows at a time", plain[:18] + lengths + plain[34:1078] + b"\0\2\xff\xff" * 1000
    yield "BMP of single pixels in run lengths", plain[:30] + struct.pack("<I", 1) + plain[34:1078] + b"\1\7" * 999_999
    frames = [picture().convert("P") for _ in range(40)]
    animated = encoded("GIF", frames[0], save_all=True, append_images=frames[1:])
    yield "animated GIF of 65,535", animated[:6] + b"\xff\xff\xff\xff" + animated[10:]
    moving = encoded("WEBP", picture(), save_all=True, append_images=[picture(41, 31).resize((40, 30))])
    yield "animated WebP of 16,777,216", moving[:24] + b"\xff" * 6 + moving[30:]


def png_bombs() -> Iterator[tuple[str, bytes]]:
    zeros = zlib.compress(bytes(100_000_000), 9)
    pixel = zlib.compress(bytes(4))
    compressed = {b"zTXt": b"a\0\0" + zeros, b"iCCP": b"a\0\0" + zeros, b"iTXt": b"a\0\1\0\0\0" + zeros}
    for name, body in compressed.items():
        if name != b"iCCP":  # a profile that grows past all bounds is left out, and the picture is one
            yield f"PNG with 100 MB in {name.decode()}", png(1, 1, pixel, 8, 2, (name, body))
    texts = [(b"zTXt", b"a%d\0\0" % i + zlib.compress(bytes(1_000_000))) for i in range(100)]
    yield "PNG with 100 texts of 1 MB", png(1, 1, pixel, 8, 2, *texts)
    yield "PNG of 9,000 x 9,000, all of it there", png(9_000, 9_000, zlib.compress(bytes(27_001 * 9_000), 1))
    yield "PNG of 5,900 x 5,900 with alpha", png(5_900, 5_900, zlib.compress(bytes(9_999)), 8, 6)
    yield "PNG of 5,900 x 5,900 that ends early", png(5_900, 5_900, zlib.compress(bytes(9_999)), 8, 2)


def no_images() -> Iterator[tuple[str, bytes]]:
    """What claims to be an image, and others that are none."""
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
    yield from {
        "nothing": b"",
        "SVG": svg,
        "SVG with a declaration": b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        + svg,
        "HTML": b"<!doctype html><script>alert(1)</script>",
        "PDF": b"%PDF-1.7\n",
        "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n",
        "zip": b"PK\3\4" + bytes(100),
        "pickle": b"\x80\x04\x95" + bytes(30),
        "ELF": b"\x7fELF" + bytes(60),
        "text": b"an image of an otter",
        "TIFF": b"II*\0" + bytes(500),
        "AVIF": b"\0\0\0\x1cftypavif" + bytes(500),
        "HEIC": b"\0\0\0\x1cftypheic" + bytes(500),
        "icon": b"\0\0\1\0\1\0" + bytes(100),
        "PNG signature and HTML": PNG + b"<html>",
        "PNG signature and a JPEG": PNG + encoded("JPEG"),
        "JPEG signature alone": b"\xff\xd8\xff",
        "JPEG of markers": b"\xff\xd8" + b"\xff\xe0\0\x10" * 10_000,
        "GIF signature alone": b"GIF89a",
        "WebP signature alone": b"RIFF\0\0\0\0WEBP",
        "RIFF of a sound": b"RIFF\0\0\0\0WAVEfmt ",
        "BMP signature alone": b"BM",
        "BMP of ones": b"BM" + b"\xff" * 500,
    }.items()


def most_memory() -> int:
    """KiB. Not getrusage: its figure is at first that of the process that started this one."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def main() -> None:
    from onevec.engine.vision.decoding import Decoder
    from onevec.errors import OnevecError
    from onevec.images import ImageInput

    decoder = Decoder(36_000_000)
    listed = list(hostile())
    decoder.decode(ImageInput(encoded("PNG")), 0)
    before = most_memory()
    for name, content in listed:
        started = time.process_time()
        try:
            outcome = f"decoded: {decoder.decode(ImageInput(content), 7).size}"
        except OnevecError as exc:
            outcome = type(exc).__name__
        seconds = time.process_time() - started
        grown = most_memory() - before
        sys.stdout.write(json.dumps({"name": name, "outcome": outcome, "seconds": seconds, "grown": grown}) + "\n")


if __name__ == "__main__":
    main()
