"""Vectors out of a list of items, as OpenAI and those after it send them, and every check of them in one place."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from onevec import encodings
from onevec.errors import InvalidResponseError
from onevec.exchange import HttpReply
from onevec.target import Target
from onevec.types import Base64, EmbedRequest, Encoding, Usage
from onevec.vectors import Vectors
from onevec.wires import faults


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a reply holds: float32 (n, d) in the order of the request's inputs, the model's name, the usage.

    `came` is the base64 that the vectors were read from, where they were.
    """

    vectors: Vectors
    model: str
    usage: Usage
    came: Base64 | None = None


class _Item(msgspec.Struct):
    embedding: str | list[float]
    index: int | None = None


class _Body(msgspec.Struct):
    data: list[_Item] | None = None
    model: Any = None
    usage: Any = None
    error: Any = None


Body = TypeVar("Body")

INTEGERS: Mapping[Encoding, type[np.generic]] = {
    Encoding.INT8: np.int8,
    Encoding.UINT8: np.uint8,
    Encoding.BINARY: np.int8,
    Encoding.UBINARY: np.uint8,
}
"""What the codes of an encoding are; the others are floats."""

PACKED = frozenset({Encoding.BINARY, Encoding.UBINARY})


def decode_items(
    reply: HttpReply,
    request: EmbedRequest,
    target: Target,
    *,
    asked: Encoding | None = None,
    int8_scale: float | None = None,
    usage: Callable[[object], Usage] | None = None,
) -> Answer:
    """The vectors that were asked for, a row an input, or the typed error of what came instead.

    Items may come in any order: their index places them. Where none has an index their order does. Base64 and lists of
    floats are read whatever was asked for.

    Args:
        reply: The provider's.
        request: What it answers.
        target: Who answers.
        asked: The encoding that was asked for, when lists of integers may be its codes.
        int8_scale: What code 127 stands for.
        usage: Reads the usage, where it is not OpenAI's.

    Raises:
        OnevecError: by status and code (:func:`onevec.wires.faults.reply_error`) when the reply is an error.
        InvalidResponseError: a success that does not hold the vectors: no JSON, cut off, too few or too many items, an
            index that is missing, repeated or out of range, a wrong or ragged dimension, a value that is not finite.
    """
    body = read_body(reply, target, _Body)
    rows: list[str | list[float]] = []

    def found() -> Sequence[str | list[float]]:
        rows.extend(in_order(body.data, len(request.inputs)))
        return rows

    vectors = checked_rows(found, reply, request, target, asked=asked, int8_scale=int8_scale)
    texts = [row for row in rows if isinstance(row, str)]  # all of them, or none
    came = Base64(vectors, texts) if texts else None
    return Answer(vectors, model_name(body.model, request), (usage or read_usage)(body.usage), came)


def checked_rows(
    rows: Callable[[], Sequence[str | list[float]]],
    reply: HttpReply,
    request: EmbedRequest,
    target: Target,
    *,
    asked: Encoding | None = None,
    int8_scale: float | None = None,
) -> Vectors:
    """float32 (n, d) of what `rows` finds in a reply; a fault that it or a check finds names who answered.

    Raises:
        InvalidResponseError: as :func:`decode_items`.
    """
    try:
        return read_rows(rows(), request.dimensions, asked, int8_scale)
    except InvalidResponseError as exc:
        raise faults.bad_reply(f"sent a bad answer: {exc.message}", reply, target) from exc


def counted(rows: Sequence[str | list[float]] | None, expected: int) -> Sequence[str | list[float]]:
    """Rows without indices, when there is one for each input.

    Raises:
        InvalidResponseError: there are more or fewer.
    """
    if rows is None or len(rows) != expected:
        got = "no embeddings" if rows is None else f"{len(rows)} embeddings"
        raise InvalidResponseError(f"{got} for {expected} inputs")
    return rows


def model_name(said: object, request: EmbedRequest) -> str:
    """The model as the provider names it, else as it was asked for."""
    return said if isinstance(said, str) and said else request.model


def read_usage(usage: object) -> Usage:
    """The counts that are there; what is missing, negative or no whole number is not known."""
    counts = usage if isinstance(usage, Mapping) else {}
    return Usage(count(counts.get("prompt_tokens")), count(counts.get("total_tokens")))


def count(value: object) -> int | None:
    """A count that is one; else it is not known."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def read_body(reply: HttpReply, target: Target, kind: type[Body]) -> Body:
    """The body of a success as the type that a wire has for it.

    Raises:
        OnevecError: by status and code, when the reply is an error, or a success whose field `error` is filled.
        InvalidResponseError: no JSON, cut off, or of another shape.
    """
    if reply.status != 200:
        raise faults.reply_error(reply, target)
    try:
        body = msgspec.json.decode(reply.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        html = reply.body.lstrip()[:1] == b"<"
        what = "HTML" if html else f"something that is not embeddings in JSON ({exc})" if reply.body else "nothing"
        raise faults.bad_reply(f"answered with status 200 and {what}", reply, target) from exc
    if error := getattr(body, "error", None):
        raise faults.error_in_success(error, reply, target)
    return body


class Item(Protocol):
    """One item as a reply holds it."""

    @property
    def embedding(self) -> str | list[float]:
        """Numbers, or base64."""

    @property
    def index(self) -> int | None:
        """Position of its input."""


def in_order(items: Sequence[Item] | None, expected: int) -> list[str | list[float]]:
    """The embeddings in the order of the inputs.

    Raises:
        InvalidResponseError: not `expected` items, or indices that are not those of the inputs.
    """
    if items is None or len(items) != expected:
        got = "no data" if items is None else f"{len(items)} embeddings"
        raise InvalidResponseError(f"{got} for {expected} inputs")
    indices = [item.index for item in items]
    if all(index is None for index in indices):
        return [item.embedding for item in items]
    placed: dict[int, str | list[float]] = {}
    for position, item in enumerate(items):
        if item.index is None or not 0 <= item.index < expected or item.index in placed:
            fault = "repeated" if item.index in placed else "missing" if item.index is None else "out of range"
            raise InvalidResponseError(f"data[{position}].index is {fault} ({item.index})")
        placed[item.index] = item.embedding
    return [placed[index] for index in range(expected)]


def read_rows(
    rows: Sequence[str | list[float]], dimensions: int | None, asked: Encoding | None, int8_scale: float | None
) -> Vectors:
    """float32 (n, d) of embeddings in any encoding.

    Raises:
        InvalidResponseError: they are no finite vectors of one length, or not of `dimensions`.
    """
    texts = sum(isinstance(row, str) for row in rows)
    if texts not in (0, len(rows)):
        raise InvalidResponseError("some embeddings are base64 and some are lists")
    if texts:
        vectors = encodings.decode(rows, Encoding.BASE64, 0)
    else:
        with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and is refused as that
            numbers = encodings.decode(rows, Encoding.FLOAT, 0)
        vectors = _from_codes(numbers, dimensions, asked, int8_scale)
    _check(vectors, dimensions)
    return vectors


def _from_codes(numbers: Vectors, dimensions: int | None, asked: Encoding | None, int8_scale: float | None) -> Vectors:
    """What integer codes stand for; a provider that does not know the encoding sends floats, which stay as they are."""
    if asked is None or asked not in INTEGERS or not _holds(numbers, INTEGERS[asked]):
        return numbers
    width = numbers.shape[1]
    bits = dimensions or width * 8
    if asked in PACKED and width != -(-bits // 8):
        raise InvalidResponseError(f"{width} bytes of bits for {bits} dimensions")
    codes = cast("Sequence[Any]", numbers.astype(INTEGERS[asked]))
    return encodings.decode(codes, asked, bits, int8_scale=int8_scale)


def _holds(values: Vectors, kind: type[np.generic]) -> bool:
    limits = np.iinfo(kind)  # type: ignore[type-var]
    return bool(np.all((values == np.rint(values)) & (values >= limits.min) & (values <= limits.max)))


def _check(vectors: NDArray[np.float32], dimensions: int | None) -> None:
    if dimensions is not None and vectors.shape[1] != dimensions:
        raise InvalidResponseError(f"vectors of {vectors.shape[1]} dimensions, and {dimensions} were asked for")
    finite = np.isfinite(vectors).all(axis=1)
    if not finite.all():
        raise InvalidResponseError(f"the vector of input {int(np.argmin(finite))} has values that are not finite")
