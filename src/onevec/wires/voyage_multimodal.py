"""Voyage's wire of images, texts, and both in one: `POST {base}/multimodalembeddings`.

Source: https://docs.voyageai.com/reference/multimodal-embeddings-api, and `voyageai` 0.5.
"""

from collections.abc import Mapping
from dataclasses import replace

import orjson

from onevec.exchange import HttpReply
from onevec.images import ImageInput
from onevec.target import Target
from onevec.types import EmbedRequest, Usage
from onevec.wires import body as request_body
from onevec.wires import items, words
from onevec.wires.body import bad
from onevec.wires.items import Answer
from onevec.wires.pictures import Content, Written, composed, parts, sendable
from onevec.wires.shaped import VOYAGE, answered, encoder
from onevec.wires.wire import Outgoing

PATH = "/multimodalembeddings"


class Body(request_body.Asked, kw_only=True):
    """The body of a request."""

    inputs: list[Content]


def _listed(request: EmbedRequest, target: Target) -> list[Written]:
    return [{"content": parts(one, _part)} for one in sendable(request, target)]


def _part(image: ImageInput) -> Written:
    return {"type": "image_base64", "image_base64": image.data_url}


def decode_reply(
    reply: HttpReply,
    request: EmbedRequest,
    target: Target,
    int8_scale: float | None = None,  # noqa: ARG001
) -> Answer:
    """The vectors of a reply; pixels are billed beside tokens, and are in the total of both."""
    return items.decode_items(reply, request, target, usage=_usage)


def _usage(usage: object) -> Usage:
    counts = usage if isinstance(usage, Mapping) else {}
    return Usage(items.count(counts.get("text_tokens")), items.count(counts.get("total_tokens")))


def decode_request(body: bytes, headers: Mapping[str, str], model: str | None = None) -> EmbedRequest:  # noqa: ARG001
    """What a client asks.

    Raises:
        InvalidRequestError: a fault in the body; `loc` says where.
        UnsupportedParameterError: an input of several texts or images.
    """
    known, extra = request_body.read_as(body, Body)
    if not known.inputs:
        raise bad(("inputs",), "is an empty list: there is nothing to embed", [])
    listed = tuple(composed(one.content, ("inputs", index)) for index, one in enumerate(known.inputs))
    name = request_body.named(model or known.model)
    return words.understood(words.VOYAGE_MULTIMODAL, known, extra, name, listed)


def encode_reply(out: Outgoing) -> bytes:
    """The body of a success; nobody here counts pixels, and Voyage's client adds up what it is told."""
    text, total = out.usage.prompt_tokens, out.usage.total_tokens
    usage = {"text_tokens": text or 0, "image_pixels": 0, "video_pixels": 0, "total_tokens": total or 0}
    return orjson.dumps(answered(out) | {"usage": usage}, option=orjson.OPT_SERIALIZE_NUMPY)


VOYAGE_MULTIMODAL = replace(
    VOYAGE,
    name="voyage_multimodal",
    path=PATH,
    encode_request=encoder(words.VOYAGE_MULTIMODAL, _listed, PATH, "inputs"),
    decode_reply=decode_reply,
    decode_request=decode_request,
    encode_reply=encode_reply,
)
