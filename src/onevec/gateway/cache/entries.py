"""Entries: a vector as it is stored, such that a damaged, truncated or misplaced one is known for it.

An entry is a header of 16 bytes, a word about pairs (mostly none), the components, and a checksum of 8 bytes that is
keyed with the entry's own key: what stands under another key does not fit.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Precision: TypeAlias = Literal["float32", "float16"]

VERSION = 1

HEADER = struct.Struct("<BBBBIiI")
"""Version, type, normalised, length of the word about pairs; components; tokens; when it was made."""

TYPES: Mapping[Precision, int] = {"float32": 0, "float16": 1}
LAYOUTS: tuple[np.dtype[np.floating], ...] = (np.dtype("<f4"), np.dtype("<f2"))
NORMALIZED: tuple[bool | None, ...] = (None, False, True)

CHECK_BYTES = 8
UNKNOWN = -1
MOST_TOKENS = 2**31 - 1


@dataclass(slots=True, eq=False)
class Entry:
    """What is remembered of one input.

    Attributes:
        vector: float32 of shape (d,), not to be written to.
        normalized: What its space says of it; the rest of the space is in the key.
        tokens: What it took to read the input; None where nobody told.
        made: When it was computed, in seconds since 1970.
        pairs: How an image and its text became one vector, for such a pair.
    """

    vector: NDArray[np.float32]
    normalized: bool | None
    tokens: int | None
    made: int
    pairs: str | None = None


def pack(key: bytes, entry: Entry, precision: Precision = "float32") -> bytes:
    """The bytes of an entry. With ``float16`` its components are rounded, where all of them stay finite."""
    word = (entry.pairs or "").encode()[:255]
    kind, data = _rounded(entry.vector, precision)
    tokens = UNKNOWN if entry.tokens is None else min(entry.tokens, MOST_TOKENS)
    normalized = NORMALIZED.index(entry.normalized)
    head = HEADER.pack(VERSION, kind, normalized, len(word), entry.vector.size, tokens, entry.made)
    raw = head + word + data
    return raw + _checksum(key, raw)


def unpack(key: bytes, raw: bytes) -> Entry | None:
    """The entry that these bytes are under this key; None where they are not what was packed for it."""
    body = raw[:-CHECK_BYTES]
    if len(body) < HEADER.size or raw[0] != VERSION or _checksum(key, body) != raw[-CHECK_BYTES:]:
        return None
    _, kind, normalized, word, size, _, _ = HEADER.unpack_from(raw)
    if kind >= len(LAYOUTS) or normalized >= len(NORMALIZED):
        return None
    return read(raw) if len(body) == HEADER.size + word + size * LAYOUTS[kind].itemsize else None


def read(raw: bytes) -> Entry:
    """The entry that whole and sound bytes are; quicker than :func:`unpack`, for what never left this process."""
    _, kind, normalized, word, size, tokens, made = HEADER.unpack_from(raw)
    data = np.frombuffer(raw, LAYOUTS[kind], size, HEADER.size + word)
    return Entry(
        data if kind == 0 else data.astype(np.float32),
        NORMALIZED[normalized],
        None if tokens == UNKNOWN else tokens,
        made,
        raw[HEADER.size : HEADER.size + word].decode() if word else None,
    )


def _rounded(vector: NDArray[np.float32], precision: Precision) -> tuple[int, bytes]:
    if precision == "float16":
        with np.errstate(over="ignore"):
            half = vector.astype(LAYOUTS[1])
        if np.isfinite(half).all():
            return TYPES["float16"], half.tobytes()
    return TYPES["float32"], vector.astype(LAYOUTS[0], copy=False).tobytes()


def _checksum(key: bytes, body: bytes) -> bytes:
    return blake2b(body, digest_size=CHECK_BYTES, key=key).digest()
