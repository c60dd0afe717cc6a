"""Arithmetic on float32 arrays of shape (n, d): normalise, shorten, quantise, pack bits. NumPy and nothing else.

The two-way number formats on top of it are rows of :mod:`onevec.encodings`.
"""

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


def normalize(vectors: Vectors) -> Vectors:
    """Each row at length one; a row of zeros stays as it is.

    >>> normalize(np.array([[3.0, 4.0], [0.0, 0.0]], dtype=np.float32)).tolist()
    [[0.6000000238418579, 0.800000011920929], [0.0, 0.0]]
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return unit


def truncate(vectors: Vectors, dimensions: int) -> Vectors:
    """The first `dimensions` components of each row, at length one again (Matryoshka, arXiv:2205.13147)."""
    return normalize(np.ascontiguousarray(vectors[:, :dimensions]))


def quantize_int8(vectors: Vectors, scale: float) -> NDArray[np.int8]:
    """Symmetric codes from -127 to 127; `scale` is the value that 127 stands for, beyond it codes are clipped."""
    codes: NDArray[np.int8] = np.clip(np.rint(vectors * (127.0 / scale)), -127, 127).astype(np.int8)
    return codes


def dequantize_int8(codes: NDArray[np.int8], scale: float) -> Vectors:
    """The float32 values that int8 codes stand for."""
    return codes.astype(np.float32) * np.float32(scale / 127.0)


def calibrate_int8(vectors: Vectors) -> float:
    """The one int8 scale for a model: four standard deviations of the components over a sample of its vectors."""
    return float(4.0 * vectors.std(dtype=np.float64))


def pack_bits(vectors: Vectors) -> NDArray[np.uint8]:
    """One bit a component, set where it is above zero; most significant first, padded with zeros to a byte."""
    return np.packbits(vectors > 0, axis=1)


def unpack_bits(packed: NDArray[np.uint8], dimensions: int) -> Vectors:
    """The signs that packed bits stand for: +1 for a set bit, -1 for one that is not."""
    bits = np.unpackbits(packed, axis=1, count=dimensions)
    return bits.astype(np.float32) * 2 - 1


def cosine(a: Vectors, b: Vectors) -> Vectors:
    """Cosine similarity of every row of `a` with every row of `b`, shape (len(a), len(b))."""
    return normalize(a) @ normalize(b).T
