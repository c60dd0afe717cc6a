"""Handover: requests, results and errors between two processes of ours, whole: nothing is lost as in a vendor's words.

MessagePack by msgspec, checked against types on both sides, and vectors as the bytes that they are. Pure functions.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeAlias

import msgspec

from onevec import errors
from onevec.errors import OnevecError
from onevec.images import ImageInput, LinkedImage
from onevec.spaces import VectorSpace
from onevec.types import (
    Capabilities,
    Chunk,
    EmbedRequest,
    EmbedResult,
    Encoding,
    Input,
    InputType,
    LateChunking,
    Overflow,
    Usage,
)


class Picture(msgspec.Struct, frozen=True, tag="image"):
    """An `ImageInput`."""

    content: bytes
    text: str | None


class Link(msgspec.Struct, frozen=True, tag="link"):
    """A `LinkedImage`."""

    url: str
    text: str | None


Item: TypeAlias = str | tuple[int, ...] | Picture | Link


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An `EmbedRequest`, without the `form` that is for the dialect alone."""

    model: str
    inputs: tuple[Item, ...]
    dimensions: int | None
    input_type: InputType | None
    encoding: Encoding | None
    overflow: Overflow
    prompt: str | None
    chunking: LateChunking | None
    expect_space: VectorSpace | None
    extra: dict[str, Any]


class Answered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An `EmbedResult`: its vectors as little-endian float32, row after row.

    Attributes:
        batches: Texts and tokens of each batch that the model has run since it last told anybody.
    """

    vectors: bytes
    shape: tuple[int, int]
    model: str
    usage: Usage
    space: VectorSpace
    pairs: str | None
    chunks: tuple[Chunk, ...] | None
    cost: float | None
    hits: int | None
    batches: tuple[tuple[int, int], ...] = ()


TOLD = tuple({one.name for one in fields(EmbedResult)} & set(Answered.__struct_fields__) - {"vectors"})
"""What is told of vectors; the base64 in which a provider's came is none of a local model's."""


class Found(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model that has been loaded for somebody.

    Attributes:
        number: What to call it by.
        space: The space of its full vectors.
        capabilities: What it can do.
    """

    number: int
    space: VectorSpace | None
    capabilities: Capabilities


class Refused(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An error: its class, and what it carries."""

    kind: str
    message: str
    remedy: str
    status: int
    code: str
    provider: str | None
    param: str | None
    loc: tuple[str | int, ...]
    value: str | None
    retry_after: float | None
    request_id: str | None


KINDS: Mapping[str, type[OnevecError]] = {
    name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, OnevecError)
}


def pack_request(request: EmbedRequest) -> bytes:
    """A request as it is handed over."""
    kept = {name: getattr(request, name) for name in Asked.__struct_fields__ if name not in ("inputs", "extra")}
    return msgspec.msgpack.encode(Asked(inputs=tuple(map(_item, request.inputs)), extra=dict(request.extra), **kept))


def unpack_request(body: bytes) -> EmbedRequest:
    """The request again; msgspec.DecodeError for bytes that are none."""
    asked = msgspec.msgpack.decode(body, type=Asked)
    kept = {name: getattr(asked, name) for name in Asked.__struct_fields__ if name != "inputs"}
    return EmbedRequest(inputs=tuple(map(_input, asked.inputs)), **kept)


def pack_result(result: EmbedResult, batches: tuple[tuple[int, int], ...] = ()) -> bytes:
    """A result as it is handed over."""
    count, dimensions = result.vectors.shape
    kept = {name: getattr(result, name) for name in TOLD}
    vectors = result.vectors.astype("<f4", copy=False).tobytes()
    return msgspec.msgpack.encode(Answered(vectors, (count, dimensions), batches=batches, **kept))


def unpack_result(body: bytes) -> tuple[EmbedResult, tuple[tuple[int, int], ...]]:
    """The result again, its vectors an array of their own, and the batches that were run."""
    import numpy as np

    answered = msgspec.msgpack.decode(body, type=Answered)
    kept = {name: getattr(answered, name) for name in TOLD}
    vectors = np.frombuffer(answered.vectors, "<f4").reshape(answered.shape).astype(np.float32)
    return EmbedResult(vectors, **kept), answered.batches


def pack_error(exc: OnevecError) -> bytes:
    """An error as it is handed over."""
    kept = {name: getattr(exc, name) for name in Refused.__struct_fields__ if name != "kind"}
    kind = next(base.__name__ for base in type(exc).__mro__ if base.__name__ in KINDS)
    return msgspec.msgpack.encode(Refused(kind, **kept))


def unpack_error(body: bytes) -> OnevecError:
    """The error again, to be raised."""
    refused = msgspec.msgpack.decode(body, type=Refused)
    kept = {name: getattr(refused, name) for name in Refused.__struct_fields__ if name not in ("kind", "message")}
    return KINDS[refused.kind](refused.message, **kept)


def _item(one: Input) -> Item:
    if isinstance(one, ImageInput):
        return Picture(one.content, one.text)
    return Link(one.url, one.text) if isinstance(one, LinkedImage) else one


def _input(one: Item) -> Input:
    if isinstance(one, Picture):
        return ImageInput(one.content, one.text)
    return LinkedImage(one.url, one.text) if isinstance(one, Link) else one
