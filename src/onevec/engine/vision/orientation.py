"""Which way up a picture is, by EXIF (CIPA DC-008), tag 0x0112 of the first directory; nothing else there is read."""

import struct
from collections.abc import Mapping

from PIL import Image

TAG, SHORT = 0x0112, 3
MOST_ENTRIES = 512

TURNS: Mapping[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What puts a picture of each orientation upright; 1 is."""


def upright(picture: Image.Image, exif: bytes | None) -> Image.Image:
    """The picture as it was meant to be seen; EXIF that is none leaves it as it is."""
    how = turn(exif)
    return picture if how is None else picture.transpose(how)


def turn(exif: bytes | None) -> Image.Transpose | None:
    """What puts a picture with this EXIF upright."""
    return TURNS.get(orientation(exif)) if isinstance(exif, bytes) else None


def orientation(exif: bytes) -> int:
    r"""The orientation, 1 where none is told.

    >>> orientation(b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"), orientation(b"Exif\0\0II")
    (6, 1)
    """
    tiff = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (entries,) = struct.unpack_from(f"{order}H", tiff, start)
        for entry in range(min(entries, MOST_ENTRIES)):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, start + 2 + 12 * entry)
            if (tag, kind) == (TAG, SHORT):
                return int(value)
    except struct.error:  # cut off
        return 1
    return 1
