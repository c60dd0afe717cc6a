"""Jina's wire: OpenAI's shape in other words, whose inputs may be images.

Source: https://api.jina.ai/redoc
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from onevec.errors import UnsupportedParameterError
from onevec.images import ImageInput
from onevec.target import Target
from onevec.types import EmbedRequest, Input, Modality
from onevec.wires import body as request_body
from onevec.wires import words
from onevec.wires.body import Place, bad, dotted, filled
from onevec.wires.pictures import picture, sendable
from onevec.wires.shaped import encode_detail, encoder, shaped

ABLE = frozenset({Modality.TEXT, Modality.IMAGE})
"""It has no vector of an image and a text together."""


class Document(msgspec.Struct, forbid_unknown_fields=True):
    """One input: a text or an image."""

    text: str | None = None
    image: str | None = None


class Body(request_body.Asked, kw_only=True):
    """The body of a request."""

    input: str | Document | list[str | request_body.TokenId | list[request_body.TokenId] | Document]


def _listed(request: EmbedRequest, target: Target) -> list[Any]:
    """Texts as they are; beside images they are documents too."""
    sent = sendable(request, target, ABLE)
    if all(isinstance(one, str) for one in sent):
        return sent
    return [{"image": one.base64} if isinstance(one, ImageInput) else {"text": one} for one in sent]


def decode_request(body: bytes, headers: Mapping[str, str], model: str | None = None) -> EmbedRequest:  # noqa: ARG001
    """What a client asks; an image may be base64 alone, a data URL, or an address.

    Raises:
        InvalidRequestError: a fault in the body; `loc` says where.
        UnsupportedParameterError: a document that is an image and a text.
    """
    known, extra = request_body.read_as(body, Body)
    name = request_body.named(model or known.model)
    return words.understood(words.JINA, known, extra, name, _inputs(known.input))


def _inputs(value: Any) -> tuple[Input, ...]:
    if isinstance(value, Document):
        return (_document(value, ("input",)),)
    if not isinstance(value, list) or not any(isinstance(one, Document) for one in value):
        return request_body.inputs(value)
    return tuple(_item(one, ("input", index)) for index, one in enumerate(value))


def _item(one: Any, place: Place) -> Input:
    if isinstance(one, Document):
        return _document(one, place)
    if not isinstance(one, str):
        raise bad(place, "is of another kind than the items beside it: send a text or an image", one)
    return filled(one, place)


def _document(one: Document, place: Place) -> Input:
    if one.text is not None and one.image is not None:
        raise UnsupportedParameterError(
            f"{dotted(place)} is an image and a text: send them as two inputs", loc=place, value="text"
        )
    if one.image is not None:
        return picture(one.image, (*place, "image"))
    if one.text is None:
        raise bad(place, "is neither a text nor an image", {})
    return filled(one.text, (*place, "text"))


JINA = replace(
    shaped("jina", words.JINA, encode_detail),
    encode_request=encoder(words.JINA, _listed),
    decode_request=decode_request,
)
