"""ENCODINGS: a row per `encoding_format`, both directions.

The rules, which every dialect shares: base64 is little-endian float32. A bit is set where the value is above zero,
most significant bit first, padded with zeros to a byte; ``binary`` is ``ubinary`` minus 128. ``int8`` is symmetric with
one scale a model, never a request's own, so that a text always has the same code; ``uint8`` is ``int8`` plus 128.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pybase64
from numpy.typing import NDArray

from onevec import vectors as vec
from onevec.errors import InvalidResponseError, UnsupportedParameterError
from onevec.types import Encoding
from onevec.vectors import Vectors

Codes = NDArray[Any] | list[str]
"""A row of numbers, or a base64 text, for each vector."""


@dataclass(frozen=True, slots=True)
class Format:
    """One encoding.

    Attributes:
        encode: From vectors (n, d) and the model's int8 scale to codes.
        decode: From codes, the length d and the scale to vectors.
        needs_scale: Whether it needs that scale; the others are given 0.
    """

    encode: Callable[[Vectors, float], Codes]
    decode: Callable[[Sequence[Any], int, float], Vectors]
    needs_scale: bool = False


def _to_base64(vectors: Vectors, _scale: float) -> list[str]:
    return [pybase64.b64encode(row).decode("ascii") for row in vectors.astype("<f4", copy=False)]


def _from_base64(texts: Sequence[str], _dimensions: int, _scale: float) -> Vectors:
    try:
        rows = [np.frombuffer(pybase64.b64decode(text, validate=True), dtype="<f4") for text in texts]
    except ValueError as exc:  # binascii.Error is one; so is a length that is no multiple of four
        raise InvalidResponseError(f"an embedding is not base64 of float32: {exc}") from exc
    return _stack(rows, np.float32)


def _stack(rows: Sequence[Any], dtype: type[np.generic]) -> NDArray[Any]:
    """Rows of one length as one array; anything else is not what was asked for."""
    try:
        array = np.array(rows, dtype=dtype)
    except (ValueError, TypeError, OverflowError) as exc:
        lengths = sorted({len(row) for row in rows if hasattr(row, "__len__")})
        raise InvalidResponseError(f"embeddings are not rows of numbers of one length (lengths {lengths})") from exc
    if array.ndim != 2 or array.shape[1] == 0:
        raise InvalidResponseError("an embedding is empty")
    return array


def _from_ubinary(codes: Sequence[Any], dimensions: int, _scale: float) -> Vectors:
    return vec.unpack_bits(_stack(codes, np.uint8), dimensions)


def _from_binary(codes: Sequence[Any], dimensions: int, _scale: float) -> Vectors:
    return vec.unpack_bits((_stack(codes, np.int16) + 128).astype(np.uint8), dimensions)


def _to_binary(vectors: Vectors, _scale: float) -> NDArray[np.int8]:
    return (vec.pack_bits(vectors).astype(np.int16) - 128).astype(np.int8)


def _to_uint8(vectors: Vectors, scale: float) -> NDArray[np.uint8]:
    return (vec.quantize_int8(vectors, scale).astype(np.int16) + 128).astype(np.uint8)


def _from_uint8(codes: Sequence[Any], _dimensions: int, scale: float) -> Vectors:
    return vec.dequantize_int8((_stack(codes, np.int16) - 128).astype(np.int8), scale)


ENCODINGS: Mapping[Encoding, Format] = {
    Encoding.FLOAT: Format(lambda v, _: v, lambda codes, *_: _stack(codes, np.float32)),
    Encoding.BASE64: Format(_to_base64, _from_base64),
    Encoding.INT8: Format(
        vec.quantize_int8, lambda codes, _, scale: vec.dequantize_int8(_stack(codes, np.int8), scale), needs_scale=True
    ),
    Encoding.UINT8: Format(_to_uint8, _from_uint8, needs_scale=True),
    Encoding.BINARY: Format(_to_binary, _from_binary),
    Encoding.UBINARY: Format(lambda v, _: vec.pack_bits(v), _from_ubinary),
}


def encode(vectors: Vectors, encoding: Encoding, *, int8_scale: float | None = None) -> Codes:
    """Write float32 vectors (n, d) in an encoding: n rows of codes, or n base64 texts.

    >>> encode(np.array([[0.5, -0.25, 0.0, 1.0]], dtype=np.float32), Encoding.UBINARY).tolist()
    [[144]]

    Args:
        vectors: float32 of shape (n, d).
        encoding: How to write them.
        int8_scale: The value that code 127 stands for, for ``int8`` and ``uint8``.

    Returns:
        An array of n rows, or a list of n texts in base64.

    Raises:
        UnsupportedParameterError: int8 or uint8 of a model without a calibrated scale.
    """
    row = ENCODINGS[encoding]
    check_scale(encoding, int8_scale)
    return row.encode(vectors, int8_scale or 0.0)


def decode(codes: Sequence[Any], encoding: Encoding, dimensions: int, *, int8_scale: float | None = None) -> Vectors:
    """Read codes back to float32 (n, d). Bits become +1 and -1.

    >>> decode([[144]], Encoding.UBINARY, 4).tolist()
    [[1.0, -1.0, -1.0, 1.0]]

    Args:
        codes: A row of numbers, or a base64 text, for each vector.
        encoding: How they are written.
        dimensions: d, which packed bits do not tell.
        int8_scale: The value that code 127 stands for, for ``int8`` and ``uint8``.

    Raises:
        InvalidResponseError: codes that are not rows of one length in this encoding.
        UnsupportedParameterError: int8 or uint8 of a model without a calibrated scale.
    """
    row = ENCODINGS[encoding]
    check_scale(encoding, int8_scale)
    return row.decode(codes, dimensions, int8_scale or 0.0)


def check_scale(encoding: Encoding | None, int8_scale: float | None) -> None:
    """Refuse an encoding that needs a scale where there is none, before anything is computed."""
    if encoding is not None and ENCODINGS[encoding].needs_scale and not int8_scale:
        raise UnsupportedParameterError(
            f"encoding_format {encoding.value!r} needs the model's int8 scale, and none is known: measure it once with "
            "`onevec models calibrate MODEL`",
            remedy=" and pass client_args={'int8_scale': …}",
            param="encoding_format",
            value=encoding.value,
        )
