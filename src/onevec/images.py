"""ImageInput: an image to embed, alone or with a text, wherever it comes from. Its format is read off its first bytes.

An image stays as it was encoded until whoever embeds it decodes it: a provider gets the bytes of the file.
"""

import binascii
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeAlias

import pybase64

from onevec.errors import InvalidRequestError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_IMAGE_BYTES = 20 * 1024 * 1024
"""More than any provider takes."""


class SavesItself(Protocol):
    """A `PIL.Image.Image`, without importing the library."""

    def getbands(self) -> tuple[str, ...]:
        """Names of the colour channels."""

    def save(self, fp: Any, format: str | None = None) -> None:  # noqa: A002 - Pillow's word
        """Write the image."""


ImageSource: TypeAlias = "str | os.PathLike[str] | bytes | bytearray | memoryview | SavesItself | NDArray[np.uint8]"

SIGNATURES: Mapping[str, tuple[tuple[int, bytes], ...]] = {
    "png": ((0, b"\x89PNG\r\n\x1a\n"),),
    "jpeg": ((0, b"\xff\xd8\xff"),),
    "gif": ((0, b"GIF87a"), (0, b"GIF89a")),
    "webp": ((8, b"WEBP"),),
    "bmp": ((0, b"BM"),),
    "tiff": ((0, b"II*\0"), (0, b"MM\0*")),
    "avif": ((4, b"ftypavif"), (4, b"ftypavis")),
    "heic": ((4, b"ftypheic"), (4, b"ftypheix"), (4, b"ftypmif1")),
}
"""For each format the places and bytes that tell it; one of them is enough."""

SYNONYMS: Mapping[str, str] = {"jpg": "jpeg", "jpe": "jpeg", "tif": "tiff", "heif": "heic", "x-ms-bmp": "bmp"}
"""Other words for formats, in file names and media types."""


@dataclass(frozen=True, slots=True, init=False, repr=False)
class ImageInput:
    """An image, with or without a text that belongs to it: one thing to embed, one vector.

    Args:
        source: A path, a data URL, the bytes of a file, a PIL image, or a uint8 array (height, width), (height, width,
            3) or (height, width, 4). The last two are written as PNG, which loses nothing.
        text: What makes it an image–text pair.

    Attributes:
        content: The image as it is encoded.
        format: Its format by its first bytes, a key of `SIGNATURES`.

    Raises:
        FileNotFoundError: there is no such file.
        InvalidRequestError: no image that is known, an empty or too large one, or an empty text.
    """

    content: bytes
    format: str
    text: str | None

    def __init__(self, source: ImageSource, text: str | None = None) -> None:
        content = _content(source)
        for name, value in (("content", content), ("format", _format(content)), ("text", _text(text))):
            object.__setattr__(self, name, value)

    @classmethod
    def from_data_url(cls, url: str, text: str | None = None) -> Self:
        """The image in a ``data:image/…;base64,…`` URL. It never reads a file: for URLs that others have written.

        Raises:
            InvalidRequestError: no such URL, base64 that is none, or a media type that its content belies.
        """
        return cls(_decoded(url), text)

    @property
    def media_type(self) -> str:
        """Such as ``image/png``."""
        return f"image/{self.format}"

    @property
    def base64(self) -> str:
        """The content in base64."""
        return pybase64.b64encode(self.content).decode("ascii")

    @property
    def data_url(self) -> str:
        """The content as ``data:image/…;base64,…``."""
        return f"data:{self.media_type};base64,{self.base64}"

    def __repr__(self) -> str:
        text = "" if self.text is None else f", text={self.text!r}"
        return f"ImageInput(<{self.format}, {len(self.content)} bytes>{text})"


@dataclass(frozen=True, slots=True)
class LinkedImage:
    """An image that somebody has only named by its http(s) URL: whoever may fetch it makes an `ImageInput` of it."""

    url: str
    text: str | None = None


def sniff(content: bytes) -> str | None:
    r"""The format that the first bytes tell, or None.

    >>> sniff(b"GIF89a..."), sniff(b"<svg/>")
    ('gif', None)
    """
    for name, marks in SIGNATURES.items():
        if any(content[at : at + len(mark)] == mark for at, mark in marks):
            return name
    return None


def _format(content: bytes) -> str:
    if not content:
        raise InvalidRequestError("the image is empty: it has no bytes", param="image")
    if len(content) > MAX_IMAGE_BYTES:
        raise InvalidRequestError(
            f"the image has {len(content)} bytes, more than the {MAX_IMAGE_BYTES} that anybody takes: make it smaller",
            param="image",
        )
    found = sniff(content)
    if found is None:
        raise InvalidRequestError(
            f"this is no image that is known: by its first bytes it is none of {', '.join(SIGNATURES)}",
            param="image",
            value=repr(content[:16]),
        )
    return found


def _text(text: str | None) -> str | None:
    if text is not None and (not isinstance(text, str) or not text):
        raise InvalidRequestError("the text of an image must be a text that is not empty, or None", param="text")
    return text


def _content(source: object) -> bytes:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source)
    if isinstance(source, str) and source[:5].lower() == "data:":
        return _decoded(source)
    if isinstance(source, str) and source.lower().startswith(("http://", "https://")):
        raise InvalidRequestError("an image at a URL is not fetched: download it, and pass its bytes", param="image")
    if isinstance(source, (str, os.PathLike)):
        with Path(source).open("rb") as file:
            return file.read(MAX_IMAGE_BYTES + 1)
    if hasattr(source, "getbands"):
        return _as_png(source)
    if hasattr(source, "__array_interface__"):
        return _as_png(_pictured(source))
    raise InvalidRequestError(
        "an image is a path, a data URL, bytes, a PIL image or a uint8 array, not "
        f"{'None' if source is None else type(source).__name__}",
        param="image",
    )


def _decoded(url: str) -> bytes:
    """The bytes in a data URL, which are of the format that it says."""
    head, comma, body = url.partition(",")
    kind, _, coding = head[5:].lower().partition(";")
    if head[:5].lower() != "data:" or not comma or coding.rpartition(";")[2] != "base64":
        raise InvalidRequestError(
            "an image is written as a data URL: data:image/png;base64,…", param="image", value=url[:40]
        )
    try:
        content = pybase64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise InvalidRequestError(f"the base64 of the image is faulty: {exc}", param="image") from exc
    said = kind.removeprefix("image/")
    found = sniff(content)
    if content and (not kind.startswith("image/") or (found is not None and SYNONYMS.get(said, said) != found)):
        raise InvalidRequestError(
            f"the image is said to be {kind or 'nothing'}, and by its first bytes it is {found or 'no image'}: correct "
            "the media type",
            param="image",
            value=kind[:60],
        )
    return content


def _as_png(image: Any) -> bytes:
    plain = image.convert("RGB") if image.mode in ("CMYK", "YCbCr", "LAB", "HSV") else image  # PNG has none of them
    buffer = io.BytesIO()
    try:
        plain.save(buffer, "PNG")
    except (OSError, ValueError) as exc:
        raise InvalidRequestError(f"Pillow cannot write this image as PNG: {exc}", param="image") from exc
    return buffer.getvalue()


def _pictured(array: Any) -> Any:
    """The PIL image of an array."""
    import numpy as np
    from PIL import Image

    pixels = np.asarray(array)
    shape = pixels.shape
    if pixels.dtype != np.uint8 or 0 in shape or not (len(shape) == 2 or (len(shape) == 3 and shape[2] in (3, 4))):
        raise InvalidRequestError(
            "an image as an array is uint8 of shape (height, width), (height, width, 3) or (height, width, 4), not "
            f"{pixels.dtype} of shape {shape}",
            param="image",
        )
    return Image.fromarray(pixels)
