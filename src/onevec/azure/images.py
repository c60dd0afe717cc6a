"""From an image, wherever it is, to the data URI that the service takes; its format is read off its first bytes."""

import base64
import io
import os
from pathlib import Path
from typing import IO, Any, TypeAlias

from onevec.errors import InvalidRequestError
from onevec.images import MAX_IMAGE_BYTES, SIGNATURES, SYNONYMS, SavesItself, sniff

ImageSource: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes] | SavesItself


def data_uri(source: ImageSource, image_format: str | None = None, max_bytes: int = MAX_IMAGE_BYTES) -> str:
    """The image as ``data:image/FORMAT;base64,…``. A format that is said is sent as it is said.

    Raises:
        FileNotFoundError: there is no such file.
        InvalidRequestError: the bytes are of another format than said, or of none that is known and none is said; the
            image is empty or too large.
        azure.core.exceptions.AzureError: a URL that cannot be read.
    """
    content = _content(source, image_format, max_bytes)
    if len(content) > max_bytes:
        raise too_large(max_bytes)
    found = sniff(content)
    _check(found, image_format, content)
    return f"data:image/{image_format or found};base64,{base64.b64encode(content).decode('ascii')}"


def too_large(max_bytes: int) -> InvalidRequestError:
    """The error of an image beyond the limit."""
    return InvalidRequestError(
        f"image_file has more than {max_bytes} bytes: make the image smaller, or raise max_bytes", param="image_file"
    )


def _check(found: str | None, said: str | None, content: bytes) -> None:
    if not content:
        raise InvalidRequestError("image_file is empty", param="image_file")
    if said is None and found is None:
        raise InvalidRequestError(
            f"image_file is none of {', '.join(SIGNATURES)} by its first bytes: say its image_format",
            param="image_format",
        )
    meant = SYNONYMS.get(said.lower(), said.lower()) if said is not None else None
    # What cannot be told by its bytes, such as svg+xml, is taken at its word.
    if meant is not None and meant != found and (found is not None or meant in SIGNATURES):
        is_ = f"is {found}" if found else f"does not begin as {meant} does"
        raise InvalidRequestError(
            f"image_format is {said!r}, and image_file {is_} by its first bytes: leave image_format out, or correct it",
            param="image_format",
            value=str(said)[:60],
        )


def _content(source: ImageSource, image_format: str | None, max_bytes: int) -> bytes:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source)
    if isinstance(source, str) and source.lower().startswith(("http://", "https://")):
        from onevec.azure.download import download  # brings azure-core's HTTP library

        content = download(source, max_bytes)
        if content is None:
            raise too_large(max_bytes)
        return content
    if isinstance(source, (str, os.PathLike)):
        with Path(source).open("rb") as file:
            return file.read(max_bytes + 1)
    if hasattr(source, "getbands"):
        return _saved(source, image_format)
    if hasattr(source, "read"):
        return source.read(max_bytes + 1)
    raise InvalidRequestError(
        "image_file must be a path, an http(s) URL, bytes, an open binary file or a PIL image, not "
        f"{type(source).__name__}",
        param="image_file",
    )


def _saved(image: Any, image_format: str | None) -> bytes:
    meant = SYNONYMS.get((image_format or "png").lower(), image_format or "png")
    buffer = io.BytesIO()
    plain = image.convert("RGB") if image.mode == "CMYK" else image  # PNG has no CMYK
    try:
        plain.save(buffer, meant.upper())
    except (KeyError, OSError) as exc:
        raise InvalidRequestError(f"Pillow cannot write this image as {meant}: {exc}", param="image_format") from exc
    return buffer.getvalue()
