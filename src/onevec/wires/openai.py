"""The OpenAI wire: `POST {base}/embeddings`. What most providers speak, and most clients.

Source: https://platform.openai.com/docs/api-reference/embeddings/create
"""

from collections.abc import Mapping
from math import ceil
from typing import Any

import orjson

from onevec.errors import OnevecError
from onevec.exchange import HttpReply, HttpRequest
from onevec.requests import text_inputs
from onevec.target import Target, check_parameters
from onevec.types import EmbedRequest, Encoding
from onevec.wires import body as request_body
from onevec.wires import faults, items, words
from onevec.wires.items import Answer
from onevec.wires.wire import Outgoing, Wire


def encode_request(request: EmbedRequest, target: Target) -> HttpRequest:
    """The request as the provider wants it; base64 is asked for wherever it is understood, whatever the caller wants.

    Raises:
        UnsupportedParameterError: the provider has no such parameter.
    """
    check_parameters(request, target)
    body: dict[str, Any] = {"input": text_inputs(request, target.provider), "model": request.model}
    if request.dimensions is not None:
        body[target.dimensions_name] = request.dimensions
    if "base64" in target.parameters:
        body["encoding_format"] = Encoding.BASE64
    if request.input_type is not None and "input_type" in target.parameters:
        body["input_type"] = request.input_type
    body.update(request.extra)
    url = target.url("/embeddings", request.model)
    return HttpRequest("POST", url, target.request_headers(), request_body.written(body))


def decode_reply(
    reply: HttpReply,
    request: EmbedRequest,
    target: Target,
    int8_scale: float | None = None,  # noqa: ARG001
) -> Answer:
    """The vectors of a reply; raises as :func:`onevec.wires.items.decode_items`."""
    return items.decode_items(reply, request, target)


def decode_request(body: bytes, headers: Mapping[str, str], model: str | None = None) -> EmbedRequest:  # noqa: ARG001
    """What a client asks; `input_type`, further encodings and other vendors' words are understood beyond OpenAI's own.

    Raises:
        InvalidRequestError: a fault in the body; `loc` says where.
    """
    known, extra = request_body.read(body)
    return words.understood(words.ALL, known, extra, request_body.named(model or known.model))


def encode_reply(out: Outgoing) -> bytes:
    """The body of a success; a usage that nobody knows is null. Mistral's clients want an id, OpenAI's take it."""
    fields = {"id": out.id} | reply_fields(out)
    return orjson.dumps(fields, option=orjson.OPT_SERIALIZE_NUMPY)


def reply_fields(out: Outgoing) -> dict[str, Any]:
    """The fields of a success, its vectors still arrays."""
    return {
        "object": "list",
        "data": [{"object": "embedding", "index": i, "embedding": code} for i, code in enumerate(out.codes)],
        "model": out.result.model,
        "usage": {"prompt_tokens": out.usage.prompt_tokens, "total_tokens": out.usage.total_tokens},
    }


ERROR_TYPES: Mapping[int, str] = {
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    429: "rate_limit_error",
}
"""OpenAI's `type` of an error, by status; the rest are `invalid_request_error` below 500 and `server_error` above."""


def encode_error(error: OnevecError) -> HttpReply:
    """An error as OpenAI's clients read it."""
    kind = ERROR_TYPES.get(error.status, "server_error" if error.status >= 500 else "invalid_request_error")
    body = {"error": {"message": error.message, "type": kind, "param": error.param, "code": error.code}}
    return HttpReply(error.status, error_headers(error), orjson.dumps(body))


def error_headers(error: OnevecError) -> dict[str, str]:
    """Headers of an error reply; whole seconds in `Retry-After`, because most clients read only those."""
    headers = {"content-type": "application/json"}
    if error.retry_after is not None:
        headers["retry-after"] = str(ceil(error.retry_after))
        headers["retry-after-ms"] = str(ceil(error.retry_after * 1e3))
    return headers


OPENAI = Wire(
    name="openai",
    encode_request=encode_request,
    decode_reply=decode_reply,
    error_code=faults.error_code,
    decode_request=decode_request,
    encode_reply=encode_reply,
    encode_error=encode_error,
)
