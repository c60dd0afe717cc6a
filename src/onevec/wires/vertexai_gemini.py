"""Vertex AI's other wire, of its Gemini models: `POST {base}/publishers/google/models/{model}:embedContent`, one input.

Source: what google-genai 3.4 sends for them, and
https://cloud.google.com/vertex-ai/generative-ai/docs/embeddings/get-multimodal-embeddings
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from onevec.errors import UnsupportedParameterError
from onevec.exchange import HttpReply, HttpRequest
from onevec.target import Target, check_parameters
from onevec.types import EmbedRequest, Overflow
from onevec.wires import body as request_body
from onevec.wires import faults, items
from onevec.wires.gemini import TASKS, content_of, decode_one, encode_error, encode_one, read_usage
from onevec.wires.items import Answer
from onevec.wires.pictures import sendable
from onevec.wires.wire import Wire

CONFIG = "embedContentConfig"


class _Embedding(msgspec.Struct):
    values: list[float]


class _Reply(msgspec.Struct, rename="camel"):
    embedding: _Embedding | None = None
    usage_metadata: Any = None
    error: Any = None


def encode_request(request: EmbedRequest, target: Target) -> HttpRequest:
    """The request for one input; an extra, such as `title`, is a setting of the call.

    Raises:
        UnsupportedParameterError: several inputs, token ids, or what the provider does not have.
    """
    check_parameters(request, target)
    sent = sendable(request, target)
    if len(sent) > 1:
        raise UnsupportedParameterError(f"{target.provider} takes one text in one request", param="inputs")
    settings: dict[str, Any] = {"taskType": TASKS[request.input_type]} if request.input_type else {}
    if request.dimensions is not None:
        settings["outputDimensionality"] = request.dimensions
    if "truncate" in target.parameters:
        settings["autoTruncate"] = request.overflow is Overflow.TRUNCATE
    settings |= request.extra
    body = request_body.written({"content": content_of(sent[0]), CONFIG: settings})
    return HttpRequest("POST", target.url(VERTEXAI_GEMINI.path, request.model), target.request_headers(), body)


def decode_reply(
    reply: HttpReply,
    request: EmbedRequest,
    target: Target,
    int8_scale: float | None = None,  # noqa: ARG001
) -> Answer:
    """The vector of a reply; raises as :func:`onevec.wires.items.decode_items`."""
    body = items.read_body(reply, target, _Reply)
    rows = None if body.embedding is None else [body.embedding.values]
    vectors = items.checked_rows(lambda: items.counted(rows, len(request.inputs)), reply, request, target)
    return Answer(vectors, request.model, read_usage(body.usage_metadata))


class _Body(msgspec.Struct, rename="camel"):
    embed_content_config: dict[str, Any] | None = None


def decode_request(body: bytes, headers: Mapping[str, str], model: str | None = None) -> EmbedRequest:
    """What a client asks; its settings are read where they stand, and where Gemini's own API has them.

    Raises:
        InvalidRequestError: a fault in the body.
    """
    known, rest = request_body.read_as(body, _Body)
    settings = dict(known.embed_content_config or {})
    cuts = settings.pop("autoTruncate", None)
    asked = decode_one(msgspec.json.encode(rest | settings), headers, model)
    return replace(asked, overflow=Overflow.ERROR if cuts is False else Overflow.TRUNCATE)


VERTEXAI_GEMINI = Wire(
    name="vertexai_gemini",
    encode_request=encode_request,
    decode_reply=decode_reply,
    error_code=faults.error_code,
    decode_request=decode_request,
    encode_reply=encode_one,
    encode_error=encode_error,
    path="/publishers/google/models/{model}:embedContent",
)
