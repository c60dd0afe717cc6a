"""What a file keeps of a vector, as numbers that can be compared."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from onevec.bulk.shards import Description
from onevec.vectors import Vectors, unpack_bits

DTYPES: Mapping[str, type[np.generic]] = {
    "float32": np.float32,
    "float16": np.float16,
    "int8": np.int8,
    "binary": np.uint8,
}
"""By the setting `encoding`."""


def dtype_of(description: Description) -> type[np.generic]:
    """In which numbers an output keeps its vectors."""
    return DTYPES[description.settings.get("encoding") or "float32"]


def comparable(codes: NDArray[Any], description: Description) -> Vectors:
    """Vectors of shape (n, d) whose cosines are those of what codes stand for; packed bits stand for their signs.

    Codes of int8 stay without their scale: a cosine has none.
    """
    if codes.dtype == np.uint8:
        return unpack_bits(codes, description.space.dimensions)
    return codes.astype(np.float32, copy=False)
