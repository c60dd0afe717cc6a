"""Each `encoding_format`: its exact form, and that it holds the vectors that come as floats."""

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from onevec.conformance import reading
from onevec.conformance.answers import SAME, STEADY, same
from onevec.conformance.asks import PLAIN, Ask, embed
from onevec.conformance.reading import Floats, is_whole
from onevec.conformance.rows import Check, Finding, Heard, UnknownError, must, should

ALIKE = 0.95
"""Cosine of a vector and of its eight-bit codes; rounding and clipping cost less than 0.02 of it."""

SMALL = 0.01
"""Components below this part of a vector's largest may have either sign: two requests may differ by as much."""


@dataclass(frozen=True, slots=True)
class Format:
    """One encoding.

    Attributes:
        form: What an embedding of d dimensions is, in words.
        width: From d to the numbers, or bytes, that it has.
        fits: Whether a code has that form, given the width.
        zero: What is added to each number, so that 0 stands for 0, or a byte of bits for itself.
    """

    form: str
    width: Callable[[int], int]
    fits: Callable[[Any, int], bool]
    zero: int = 0


def _whole(least: int, most: int) -> Callable[[Any, int], bool]:
    def fits(code: Any, width: int) -> bool:
        return isinstance(code, list) and len(code) == width and all(is_whole(one, least, most) for one in code)

    return fits


def _is_base64(code: Any, width: int) -> bool:
    return isinstance(code, str) and len(_bytes(code)) == width


def _bytes(code: Any) -> bytes:
    """What base64 holds; nothing where it is none."""
    try:
        return base64.b64decode(code, validate=True)
    except (TypeError, ValueError):
        return b""


def _eighth(dimensions: int) -> int:
    return -(-dimensions // 8)


SIGNED, UNSIGNED = _whole(-128, 127), _whole(0, 255)

FORMATS: Mapping[str, Format] = {
    "base64": Format("base64 of 4·d bytes", lambda d: 4 * d, _is_base64),
    "int8": Format("d whole numbers from -128 to 127", lambda d: d, SIGNED),
    "uint8": Format("d whole numbers from 0 to 255", lambda d: d, UNSIGNED, zero=-128),
    "binary": Format("d/8 whole numbers from -128 to 127, rounded up", _eighth, SIGNED, zero=128),
    "ubinary": Format("d/8 whole numbers from 0 to 255, rounded up", _eighth, UNSIGNED),
}


def asked(name: str) -> Ask:
    """The request for an encoding."""
    return embed(encoding_format=name)


def has_form(heard: Sequence[Heard], name: str, refusals: tuple[int, ...]) -> Iterator[Finding]:
    """Exactly as long as the vector that came as floats, and of the right kind."""
    reading.supported(heard[1], *refusals)
    row, dimensions = FORMATS[name], reading.floats(heard[0]).shape[1]
    for number, item in enumerate(reading.items(heard[1])):
        code = item.get("embedding")
        if not row.fits(code, row.width(dimensions)):
            expected = f"{row.form}, where d is {dimensions}"
            yield heard[1].finding(f"$.data[{number}].embedding", expected, _described(code))


def _described(code: Any) -> str:
    """What came instead: its size, since the rest is a list of numbers."""
    if isinstance(code, str):
        held = len(_bytes(code))
        return f"base64 of {held} bytes" if held else f"a text: {code!r}"
    if isinstance(code, list):
        numbers = [one for one in code if reading.is_number(one)]
        kinds = f" from {min(numbers)} to {max(numbers)}" if numbers else ""
        return f"a list of {len(code)}{kinds}"
    return repr(code)


def _codes(heard: Sequence[Heard], name: str, refusals: tuple[int, ...]) -> tuple[Floats, list[Any]]:
    """The vectors as floats, and their codes.

    Raises:
        UnknownError: the codes have not their form, which another check finds.
    """
    reading.available(heard[1], *refusals)
    vectors, codes, row = reading.floats(heard[0]), reading.placed(heard[1]), FORMATS[name]
    width = row.width(vectors.shape[1])
    if len(codes) != len(vectors) or not all(row.fits(code, width) for code in codes):
        raise UnknownError(f"the embeddings of {heard[1].ask} have not the form of {name}")
    return vectors, codes


def holds_floats(heard: Sequence[Heard], refusals: tuple[int, ...]) -> Iterator[Finding]:
    """The same float32 in base64, least significant byte first."""
    vectors, codes = _codes(heard, "base64", refusals)
    found, swapped = _unpacked(codes, "<f4"), _unpacked(codes, ">f4")
    if np.isfinite(swapped).all() and (np.diag(reading.cosines(vectors, swapped)) >= SAME).all():
        raise heard[1].fault("$.data[0].embedding", "float32 with the least significant byte first", "the most first")
    if not np.isfinite(found).all():
        raise heard[1].fault("$.data", "finite float32", "some that are not")
    yield from same(heard[1], found, vectors, "the vector that comes as floats")
    longer = np.linalg.norm(found, axis=1) / np.maximum(np.linalg.norm(vectors, axis=1), 1e-30)
    if not np.allclose(longer, 1, atol=0.01):
        yield heard[1].finding("$.data", "vectors as long as those that come as floats", f"{longer.round(3)} times")


def _unpacked(codes: Sequence[Any], order: str) -> Floats:
    with np.errstate(invalid="ignore"):  # bytes in a wrong order may be a NaN that signals
        return np.stack([np.frombuffer(_bytes(code), order) for code in codes]).astype(np.float64)


def resembles(heard: Sequence[Heard], name: str, refusals: tuple[int, ...]) -> Iterator[Finding]:
    """Eight-bit codes that point where the vector does."""
    vectors, codes = _codes(heard, name, refusals)
    numbers = np.array(codes, dtype=np.float64) + FORMATS[name].zero
    for number, cosine in enumerate(np.diag(reading.cosines(numbers, vectors))):
        if cosine < ALIKE:
            expected = f"a cosine of {ALIKE} or more to the vector that comes as floats"
            yield heard[1].finding(f"$.data[{number}].embedding", expected, f"{cosine:.4f}")


def has_signs(heard: Sequence[Heard], name: str, refusals: tuple[int, ...]) -> Iterator[Finding]:
    """A bit for each dimension, set where it is above zero, most significant first."""
    vectors, codes = _codes(heard, name, refusals)
    packed = (np.array(codes) + FORMATS[name].zero).astype(np.uint8)
    wrong, reverse = _differing(packed, vectors, "big"), _differing(packed, vectors, "little")
    if wrong.any() and not reverse.any():
        raise heard[1].fault("$.data[0].embedding", "the first dimension in a byte's most significant bit", "its least")
    for number, amount in enumerate(wrong):
        if amount:
            expected = "a bit set where the vector is above zero"
            yield heard[1].finding(f"$.data[{number}].embedding", expected, f"{amount} of {vectors.shape[1]} differ")


def _differing(packed: NDArray[np.uint8], vectors: Floats, order: Literal["big", "little"]) -> NDArray[np.intp]:
    """How many bits of each row contradict the sign of a component that is clear of zero."""
    bits = np.unpackbits(packed, axis=1, count=vectors.shape[1], bitorder=order).astype(bool)
    clear = np.abs(vectors) > SMALL * np.abs(vectors).max(axis=1, keepdims=True)
    count: NDArray[np.intp] = ((bits != (vectors > 0)) & clear).sum(axis=1)
    return count


def has_one_scale(heard: Sequence[Heard], refusals: tuple[int, ...]) -> Iterator[Finding]:
    """One number to multiply the codes of every vector with, so that they can be compared."""
    vectors, codes = _codes(heard, "int8", refusals)
    found = np.array(codes, dtype=np.float64)
    scales = (found * vectors).sum(axis=1) / np.maximum((vectors**2).sum(axis=1), 1e-30)
    if scales.max() > 1.1 * scales.min():
        numbers = ", ".join(f"{one:.1f}" for one in scales)
        yield heard[1].finding("$.data", "codes that are one multiple of their vectors", f"multiples of {numbers}")


def is_default(heard: Sequence[Heard]) -> Iterator[Finding]:
    """Floats, where nothing else is asked for."""
    for number, item in enumerate(reading.items(heard[1])):
        code = item.get("embedding")
        if not isinstance(code, list):
            raise heard[1].fault(f"$.data[{number}].embedding", "a list of numbers", _described(code))
    yield from same(heard[1], reading.floats(heard[1]), reading.floats(heard[0]), "the vector that comes as floats")


SECTION, LAYOUT = "EmbeddingEncodingFormat", "numpy.packbits, as Cohere's and sentence-transformers' codes"

VALUES: Mapping[str, tuple[str, str, Callable[..., Iterator[Finding]]]] = {
    "base64": ("base64 holds the floats, little-endian", "OpenAI's client", holds_floats),
    "int8": ("int8 codes point where the floats do", SECTION, partial(resembles, name="int8")),
    "uint8": ("uint8 codes, less 128, point where the floats do", SECTION, partial(resembles, name="uint8")),
    "binary": ("the bits of binary, plus 128, are the signs of the floats", LAYOUT, partial(has_signs, name="binary")),
    "ubinary": ("the bits of ubinary are the signs of the floats", LAYOUT, partial(has_signs, name="ubinary")),
}
"""What the codes of each encoding hold: in words, who says so, and the judgement."""


def formats(names: Sequence[str], refusals: tuple[int, ...]) -> Iterator[Check]:
    """Rows for these encodings; `refusals` are the statuses by which a model says that it has not one of them."""
    yield should("encoding.default", "vectors come as floats unless asked", SECTION, (PLAIN, embed()), is_default)
    for name in names:
        says, source, judge = VALUES[name]
        asks = (PLAIN, asked(name))
        says_form = f"{name}: {FORMATS[name].form}; or {reading.listed(refusals)}"
        has = partial(has_form, name=name, refusals=refusals)
        yield must(f"encoding.{name}.form", says_form, SECTION, asks, has)
        yield must(f"encoding.{name}.values", says, source, asks, partial(judge, refusals=refusals))
    if "int8" in names:
        says, asks = "one scale for the int8 codes of all vectors", (PLAIN, asked("int8"))
        yield should("encoding.int8.scale", says, STEADY, asks, partial(has_one_scale, refusals=refusals))
