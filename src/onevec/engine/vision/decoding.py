"""From the bytes of an image to RGB, by Pillow, within bounds that are checked before anything is decoded.

Only five formats are read, each by its own class of Pillow's: none of its other plugins ever sees a byte. What an image
would cost is estimated from its header, so that a small file cannot ask for much memory or time.
"""

import io
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from onevec.engine.vision.orientation import turn, upright
from onevec.errors import InvalidRequestError
from onevec.images import ImageInput

BYTES_PER_PIXEL = 5.5
"""What decoding may take: 198 MB at the default of 36 megapixels. Formats that need more have fewer pixels."""

MAX_SCANS = 100
"""Passes of a progressive JPEG; cameras and programs make about 10, and each costs time for every pixel."""


class _Jpeg(JpegImageFile):
    """A JPEG whose EXIF Pillow leaves alone: it would read the resolution there, and warn of each fault it meets."""

    def getexif(self) -> Image.Exif:
        """Nothing; :mod:`onevec.engine.vision.orientation` reads what we want."""
        return Image.Exif()


READERS: Mapping[str, Callable[[io.BytesIO], ImageFile]] = {
    "png": PngImageFile,
    "jpeg": _Jpeg,
    "webp": WebPImageFile,
    "gif": GifImageFile,
    "bmp": BmpImageFile,
}
"""What is decoded, by the formats of :data:`onevec.images.SIGNATURES`."""


@dataclass(frozen=True, slots=True)
class Decoder:
    """Decodes images of at most so many pixels."""

    max_pixels: int

    def decode(self, image: ImageInput, index: int) -> Image.Image:
        """The picture in RGB, upright; of an animated one the first.

        As transformers does, transparency is left out and every other mode converted by Pillow. Unlike transformers,
        the orientation in EXIF is applied, and grey of 16 bits keeps its upper 8 as colours of 16 bits do: Pillow would
        make white of nearly all of it.

        Args:
            image: The image as it is encoded.
            index: Where it stands in the request, for the error.

        Raises:
            InvalidRequestError: it is of another format, corrupt, or too large.
        """
        read = READERS.get(image.format)
        if read is None:
            known = ", ".join(name.upper() for name in READERS)
            raise _refused(index, f"is a {image.format.upper()}, which is not decoded here: convert it to {known}")
        self._check(_declared(image), BYTES_PER_PIXEL, index)
        try:
            opened = read(io.BytesIO(image.content))
        except Exception as exc:  # Pillow raises whatever its parsers run into
            raise _undecodable(index, exc) from exc
        with opened:
            scans = image.content.count(b"\xff\xda")
            _check_effort(opened, scans, index)
            self._check(opened.size, _cost(opened, scans), index)
            try:
                opened.load()
                picture = _rgb(opened)
            except Exception as exc:  # as above
                raise _undecodable(index, exc) from exc
            self._check(picture.size, _cost(opened, scans), index)  # a PNG may tell of its orientation at the end
            return upright(picture, opened.info.get("exif"))

    def _check(self, size: tuple[int, int], cost: float, index: int) -> None:
        limit = int(self.max_pixels * min(1.0, BYTES_PER_PIXEL / cost))
        if size[0] * size[1] > limit:
            raise _refused(
                index,
                f"has {size[0]} x {size[1]} pixels, and of its kind at most {limit} are decoded: make it smaller, or "
                "raise client_args['max_image_pixels']",
            )


def _declared(image: ImageInput) -> tuple[int, int]:
    """Width and height in the header of a format whose canvas Pillow makes when it opens the file; else (0, 0)."""
    head = image.content[:30].ljust(30, b"\0")
    if image.format == "gif":
        return struct.unpack("<HH", head[6:10])
    if image.format != "webp":
        return (0, 0)
    if head[12:16] == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack("<HH", head[26:30])
    return width & 0x3FFF, height & 0x3FFF


def _cost(opened: ImageFile, scans: int) -> float:
    """Bytes for each pixel at the height of decoding: Pillow keeps colours in 4, and a copy takes them once more."""
    converted = 4 if opened.mode == "RGB" and not turn(opened.info.get("exif")) else 8
    if isinstance(opened, WebPImageFile):
        return converted + 12  # libwebp's two canvases, and the bytes that Python gets
    if isinstance(opened, JpegImageFile) and scans > 1:
        return max(converted, 4 + 2 * len(opened.getbands()))  # coefficients wait for the last scan, 2 bytes each
    return converted


def _check_effort(opened: ImageFile, scans: int, index: int) -> None:
    """Refuse what takes long for its size."""
    if isinstance(opened, JpegImageFile) and scans > MAX_SCANS:
        raise _refused(index, f"is a JPEG of more than {MAX_SCANS} scans: save it anew")
    if isinstance(opened, BmpImageFile) and opened.info.get("compression") in (1, 2):
        raise _refused(index, "is a BMP in run lengths, which Pillow decodes in Python, slowly: convert it to PNG")


def _rgb(opened: ImageFile) -> Image.Image:
    if opened.mode == "RGB":
        return opened
    if opened.mode.startswith("I"):
        return Image.fromarray((np.asarray(opened) >> 8).astype(np.uint8)).convert("RGB")
    opened.info.pop("transparency", None)  # it changes no colour, and Pillow warns of some kinds of it
    return opened.convert("RGB")


def _undecodable(index: int, exc: Exception) -> InvalidRequestError:
    return _refused(index, f"cannot be decoded, it is corrupt or cut off ({type(exc).__name__}: {exc!s:.120})")


def _refused(index: int, what: str) -> InvalidRequestError:
    return InvalidRequestError(f"the image in inputs[{index}] {what}", loc=("inputs", index), code="invalid_image")
