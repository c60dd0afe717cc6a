"""Reading replies: each function gives what a judgement looks at, or says that it is not there.

A check that *is about* a part of a reply makes a finding of its absence. All others call these functions, which leave
them undecided, so that one fault is found once.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from onevec.conformance.rows import FaultError, Finding, Heard, SkippedError, UnknownError
from onevec.exchange import HttpReply

Floats: TypeAlias = NDArray[np.float64]
"""Vectors of shape (n, d)."""

Rule: TypeAlias = tuple[str, Callable[[Any], bool]]
"""What is expected of a field, in words, and whether a value is that."""


LARGEST = 3.4028234663852886e38
"""Of float32, which is what vectors are made of."""


def reply(heard: Heard) -> HttpReply:
    """The reply; a check whose own request is not answered has found a fault.

    Raises:
        FaultError: there is none.
    """
    if isinstance(heard.reply, HttpReply):
        return heard.reply
    raise heard.fault("reply", "an answer", heard.reply.message)


def status(heard: Heard, *wanted: int) -> HttpReply:
    """The reply, whose status is one of these.

    Raises:
        FaultError: it is another.
    """
    found = reply(heard)
    if found.status in wanted:
        return found
    raise heard.fault("status", listed(wanted), described(found))


def listed(wanted: Collection[object]) -> str:
    """Alternatives in words."""
    return " or ".join(map(str, wanted))


def described(found: HttpReply) -> str:
    """A status, and what a refusal says; what a success holds is not the point where it is unexpected."""
    return f"{found.status} {snippet(found)}" if found.status >= 400 else str(found.status)


def snippet(found: HttpReply) -> str:
    """The beginning of a body."""
    return found.body[:4000].decode("utf-8", "replace")


def success(heard: Heard) -> HttpReply:
    """The reply, when it is a success.

    Raises:
        UnknownError: it is not, which another check finds.
    """
    found = heard.reply
    if not isinstance(found, HttpReply):
        raise UnknownError(f"{heard.ask}: {found.message}")
    if found.status != 200:
        raise UnknownError(f"{heard.ask} was answered with status {found.status}")
    return found


def supported(heard: Heard, *refusals: int) -> None:
    """For the check whose own request this is: let it go on where there is a success with items.

    Raises:
        FaultError: the status is neither 200 nor one by which a model says that it has not what was asked for, or the
            success has no items.
        SkippedError: the model has it not.
    """
    found = status(heard, 200, *refusals)
    if found.status != 200:
        raise SkippedError(f"the model does not support it ({found.status})")
    try:
        items(heard)
    except UnknownError:
        raise heard.fault("$.data", "a list of items", snippet(found) or "an empty body") from None


def available(heard: Heard, *refusals: int) -> None:
    """For a check that looks further into another's reply: let it go on where there is a success.

    Raises:
        SkippedError: the model has not what was asked for.
        UnknownError: there is no success, which that other check finds.
    """
    if isinstance(heard.reply, HttpReply) and heard.reply.status in refusals:
        raise SkippedError(f"the model does not support it ({heard.reply.status})")
    success(heard)


def parsed(found: HttpReply) -> Any:
    """The JSON of a body, in which NaN and Infinity are numbers: whoever looks at numbers finds them.

    Raises:
        ValueError: it is no JSON, or no UTF-8, which has no byte order mark there.
    """
    try:
        return json.loads(found.body.decode())  # of bytes, json would guess the encoding
    except RecursionError as exc:
        raise ValueError("nested too deeply") from exc


def json_object(heard: Heard, found: HttpReply) -> Mapping[str, Any]:
    """The JSON object that a body is.

    Raises:
        FaultError: it is none.
    """
    try:
        body = parsed(found)
    except ValueError:
        raise heard.fault("$", "a JSON object", snippet(found) or "an empty body") from None
    if not isinstance(body, dict):
        raise heard.fault("$", "a JSON object", body)
    return body


def document(heard: Heard) -> Mapping[str, Any]:
    """The JSON object of a success.

    Raises:
        UnknownError: there is none.
    """
    try:
        return json_object(heard, success(heard))
    except FaultError as exc:
        raise UnknownError(f"the reply to {heard.ask} is no JSON object") from exc


def items(heard: Heard) -> list[Mapping[str, Any]]:
    """The items of `data`, one or more.

    Raises:
        UnknownError: there are none, or one is no object.
    """
    data = document(heard).get("data")
    if not isinstance(data, list) or not data or not all(isinstance(item, dict) for item in data):
        raise UnknownError(f"the reply to {heard.ask} has no items in $.data")
    return data


def placed(heard: Heard) -> list[Any]:
    """The embeddings by their `index` where that is a permutation, else in the order in which they came."""
    found = items(heard)
    indices = [item.get("index") for item in found]
    if sorted(map(repr, indices)) == sorted(map(repr, range(len(found)))):
        found = sorted(found, key=lambda item: int(item["index"]))
    return [item.get("embedding") for item in found]


def inputs(heard: Heard) -> int:
    """How many inputs were sent."""
    return len(json.loads(heard.ask.body)["input"])


def floats(heard: Heard) -> Floats:
    """The vectors of a success that was asked for floats, by their index; one for each input.

    Raises:
        UnknownError: they are not rows of finite numbers of one length, or too few or too many.
    """
    found = stacked(heard, placed(heard))
    if len(found) != inputs(heard):
        raise UnknownError(f"{heard.ask} has {len(found)} embeddings for {inputs(heard)} inputs")
    return found


def stacked(heard: Heard, rows: Collection[Any]) -> Floats:
    """Rows of numbers as one array.

    Raises:
        UnknownError: they are not rows of finite numbers of one length.
    """
    unreadable = UnknownError(f"the embeddings of {heard.ask} are not rows of finite numbers of one length")
    if not all(isinstance(row, list) and row and all(map(is_number, row)) for row in rows):
        raise unreadable
    if len({len(row) for row in rows}) != 1:
        raise unreadable
    array = np.array([*rows], dtype=np.float64)
    if not (np.abs(array) <= LARGEST).all():
        raise unreadable
    return array


def is_number(value: object) -> bool:
    """Whether JSON has a number there that float64 can hold; true and false are none."""
    return isinstance(value, float) or is_whole(value, -(2**63), 2**63)


def is_whole(value: object, least: int = 0, most: int = 2**63) -> bool:
    """Whether JSON has a whole number within these bounds there."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def is_text(value: object) -> bool:
    """Whether there is a text with something in it."""
    return isinstance(value, str) and bool(value)


def wrong_fields(
    heard: Heard, found: Mapping[str, Any], rules: Mapping[str, Rule], place: str = "$"
) -> Iterator[Finding]:
    """A finding for each field that is not as its rule has it."""
    for name, (expected, holds) in rules.items():
        if name not in found:
            yield heard.finding(f"{place}.{name}", expected, "nothing")
        elif not holds(found[name]):
            yield heard.finding(f"{place}.{name}", expected, found[name])


def cosines(a: Floats, b: Floats) -> Floats:
    """Cosine similarity of every row of `a` with every row of `b`; a row of zeros is like none."""
    lengths = np.linalg.norm(a, axis=1)[:, None] * np.linalg.norm(b, axis=1)[None, :]
    found: Floats = np.divide(a @ b.T, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    return found


def same_length(a: Floats, b: Floats) -> None:
    """Let vectors be compared.

    Raises:
        UnknownError: they have different lengths, which another check finds.
    """
    if a.shape[1] != b.shape[1]:
        raise UnknownError(f"vectors of {a.shape[1]} and of {b.shape[1]} numbers cannot be compared")
