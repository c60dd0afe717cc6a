"""Keys: what must be equal for two inputs to have the same vector, as one digest. No input can be read back from it."""

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from onevec.images import ImageInput, LinkedImage
from onevec.spaces import VectorSpace
from onevec.types import EmbedRequest, Encoding

VERSION = b"\x01"
"""Another number whenever anything here changes what is digested: entries of before are then never found again."""

KEY_BYTES = 32

SAME_VECTORS = frozenset({None, Encoding.FLOAT, Encoding.BASE64})
"""Encodings that lose nothing; what a provider rounded to whole numbers or bits is another vector."""


def item_keys(request: EmbedRequest, space: VectorSpace, scope: str = "") -> list[bytes] | None:
    """The key of each input, in order, or None for a request whose vectors must not be kept.

    Not kept are late chunks, which know the text round them; images that are only named by an address, behind which
    another may be tomorrow; and requests with an `extra` that is no JSON.

    Args:
        request: As it is handed to the model.
        space: That of the model's full vectors.
        scope: Whose words an `extra` is in: the same ones may mean something else to another provider.
    """
    extra = _canonical(request.extra)
    if request.chunking is not None or extra is None:
        return None
    encoding = None if request.encoding in SAME_VECTORS else request.encoding
    said = (
        space.id,
        request.prompt,
        request.input_type,
        None if request.dimensions is None else str(request.dimensions),
        request.overflow,
        encoding,
        scope if request.extra else None,
        extra,
    )
    head = blake2b(VERSION + b"".join(map(_optional, said)), digest_size=KEY_BYTES, person=b"onevec-cache")
    keys = []
    for one in request.inputs:
        if isinstance(one, LinkedImage):
            return None
        key = head.copy()
        key.update(_written(one))
        keys.append(key.digest())
    return keys


def _canonical(extra: Mapping[str, Any]) -> str | None:
    """The same text for the same JSON; None for what is none."""
    if not extra:
        return ""
    try:
        return json.dumps(extra, sort_keys=True, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):
        return None


def _written(one: str | tuple[int, ...] | ImageInput) -> bytes:
    """An input so that no two different ones are written alike: its kind first, and before each part its length."""
    if isinstance(one, str):
        return b"t" + _prefixed(one.encode("utf-8", "surrogatepass"))
    if isinstance(one, ImageInput):
        return b"m" + _prefixed(one.content) + _optional(one.text)
    return b"i" + _prefixed(",".join(map(str, one)).encode())


def _optional(text: str | None) -> bytes:
    return b"\0" if text is None else b"\1" + _prefixed(text.encode("utf-8", "surrogatepass"))


def _prefixed(part: bytes) -> bytes:
    return len(part).to_bytes(8, "big") + part
