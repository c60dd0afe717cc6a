"""The Workers AI wire: `POST {base}/ai/run/{model}`.

Source: https://developers.cloudflare.com/workers-ai/models/bge-base-en-v1.5/
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec
import orjson

from onevec.errors import OnevecError
from onevec.exchange import HttpReply, HttpRequest
from onevec.target import Target, check_parameters, texts
from onevec.types import EmbedRequest
from onevec.wires import body as request_body
from onevec.wires import faults, items
from onevec.wires.items import Answer
from onevec.wires.openai import error_headers
from onevec.wires.wire import Outgoing, Wire


class _Body(msgspec.Struct):
    text: str | list[str]


class _Result(msgspec.Struct):
    data: list[list[float]] | None = None
    usage: Any = None


class _Reply(msgspec.Struct):
    result: _Result | None = None
    success: bool = True
    errors: Any = None
    error: Any = None


def encode_request(request: EmbedRequest, target: Target) -> HttpRequest:
    """The request; slashes of the model's name are slashes of the path.

    Raises:
        UnsupportedParameterError: token ids, or what the provider does not have.
    """
    check_parameters(request, target)
    url = target.url(CLOUDFLARE.path.replace("{model}", quote(request.model, safe="@/")), request.model)
    body = request_body.written({"text": texts(request, target)} | dict(request.extra))
    return HttpRequest("POST", url, target.request_headers(), body)


def decode_reply(
    reply: HttpReply,
    request: EmbedRequest,
    target: Target,
    int8_scale: float | None = None,  # noqa: ARG001
) -> Answer:
    """The vectors of a reply; raises as :func:`onevec.wires.items.decode_items`."""
    body = items.read_body(reply, target, _Reply)
    if not body.success or body.result is None:
        raise faults.error_in_success({"errors": body.errors, "message": "no result"}, reply, target)
    rows = body.result.data
    vectors = items.checked_rows(lambda: items.counted(rows, len(request.inputs)), reply, request, target)
    return Answer(vectors, request.model, items.read_usage(body.result.usage))


def decode_request(body: bytes, headers: Mapping[str, str], model: str | None = None) -> EmbedRequest:  # noqa: ARG001
    """What a client asks.

    Raises:
        InvalidRequestError: a fault in the body.
    """
    known, extra = request_body.read_as(body, _Body)
    return EmbedRequest(request_body.named(model, None), request_body.inputs(known.text, "text"), extra=extra)


def encode_reply(out: Outgoing) -> bytes:
    """The body of a success, in floats, with a usage where it is known."""
    counts = {"prompt_tokens": out.usage.prompt_tokens, "total_tokens": out.usage.total_tokens}
    usage = {"usage": counts} if out.usage.prompt_tokens is not None else {}
    found = {"shape": list(out.result.vectors.shape), "data": out.codes} | usage
    body = {"result": found, "success": True, "errors": [], "messages": []}
    return orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)


NUMBERS: Mapping[int, int] = {401: 10000, 403: 9109, 404: 7003, 429: 3040}
"""Cloudflare's numbers of errors; 8002 is a request that is wrong, 7500 a failure of its own."""


def encode_error(error: OnevecError) -> HttpReply:
    """An error as Cloudflare's clients read it; our code is its `type`."""
    number = NUMBERS.get(error.status, 7500 if error.status >= 500 else 8002)
    fault = {"code": number, "message": error.message, "type": error.code, "param": error.param}
    body = {"result": None, "success": False, "errors": [fault], "messages": []}
    return HttpReply(error.status, error_headers(error), orjson.dumps(body))


CLOUDFLARE = Wire(
    name="cloudflare",
    encode_request=encode_request,
    decode_reply=decode_reply,
    error_code=faults.error_code,
    decode_request=decode_request,
    encode_reply=encode_reply,
    encode_error=encode_error,
    path="/ai/run/{model}",
)
