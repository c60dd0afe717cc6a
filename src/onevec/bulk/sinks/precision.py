"""PRECISIONS: a row a form in which a file keeps a number of a vector."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from onevec import vectors as vec
from onevec.errors import ConfigurationError
from onevec.vectors import Vectors

Codes: TypeAlias = NDArray[Any]

PRECISIONS: Mapping[str, Callable[[Vectors, float], Codes]] = {
    "float32": lambda vectors, _: vectors,
    "float16": lambda vectors, _: vectors.astype(np.float16),
    "int8": vec.quantize_int8,
    "binary": lambda vectors, _: vec.pack_bits(vectors),
}
"""From float32 of shape (n, d), and the model's int8 scale, to what is written: shape (n, d), or bytes (n, d / 8)."""


def coder(settings: Mapping[str, Any]) -> Callable[[Vectors], Codes]:
    """How vectors are written by the settings of a run.

    Raises:
        ConfigurationError: an unknown form, or int8 of a model without a scale.
    """
    name, scale = settings.get("encoding") or "float32", settings.get("int8_scale")
    if name not in PRECISIONS:
        raise ConfigurationError(f"encoding must be one of {', '.join(PRECISIONS)}, not {name!r:.60}", param="encoding")
    if name == "int8" and not scale:
        raise ConfigurationError(
            "encoding int8 needs the model's int8 scale, and none is known: measure it once with `onevec models "
            "calibrate MODEL` and pass the client argument int8_scale",
            param="encoding",
        )
    return lambda vectors: PRECISIONS[name](vectors, scale or 0.0)
