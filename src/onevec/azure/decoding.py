"""From the items of a result to float32 vectors, whatever encoding they are written in; and back for merged ones."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from onevec.encodings import encode
from onevec.requests import choice
from onevec.types import Encoding
from onevec.wires.items import Item, in_order, read_rows

if TYPE_CHECKING:
    from onevec.azure.asked import Asked
    from onevec.types import Vectors

UNKNOWN_SCALE = 1.0
"""Code 127 stands for this where nobody has said what it stands for; cosine similarity does not depend on it."""


def decode(items: Sequence[Item] | None, asked: "Asked", expected: int | None = None) -> "Vectors":
    """float32 (n, d), row i for input i.

    Raises:
        InvalidRequestError: no such encoding.
        InvalidResponseError: not `expected` items, or not vectors of one length, or indices that are not 0 to n - 1.
    """
    encoding = choice(Encoding, asked.encoding_format, "encoding_format")
    rows = in_order(items, len(items or ()) if expected is None else expected)
    return read_rows(rows, asked.dimensions, encoding, asked.int8_scale or UNKNOWN_SCALE)


def written(vectors: "Vectors", encoding_format: str | None, int8_scale: float | None) -> list[Any]:
    """Each vector in the encoding that was asked for, as the service would have written it.

    Raises:
        UnsupportedParameterError: int8 or uint8, and no scale is known.
    """
    encoding = choice(Encoding, encoding_format, "encoding_format") or Encoding.FLOAT
    codes = encode(vectors, encoding, int8_scale=int8_scale)
    return codes if isinstance(codes, list) else codes.tolist()
