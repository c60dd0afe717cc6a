"""Ollama's wire: `POST {base}/api/embed`, and the old `/api/embeddings` that takes one text.

Source: https://docs.ollama.com/api/embed, and `ollama` 0.6.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
import orjson

from onevec.errors import OnevecError, UnsupportedParameterError
from onevec.exchange import HttpReply, HttpRequest
from onevec.requests import MAX_DIMENSIONS
from onevec.target import Target, check_parameters, texts
from onevec.types import EmbedRequest, Overflow, Usage
from onevec.wires import body as request_body
from onevec.wires import faults, items
from onevec.wires.items import Answer
from onevec.wires.openai import error_headers
from onevec.wires.wire import Outgoing, Wire
from onevec.wires.words import TRUNCATED


class Body(msgspec.Struct):
    """The body of a request for several texts."""

    input: str | list[str]
    model: str | None = None
    truncate: bool | None = None
    dimensions: Annotated[int, msgspec.Meta(ge=1, le=MAX_DIMENSIONS)] | None = None


class OldBody(msgspec.Struct):
    """The body of a request for one text."""

    prompt: str
    model: str | None = None


class _Reply(msgspec.Struct):
    embeddings: list[list[float]] | None = None
    model: Any = None
    prompt_eval_count: Any = None
    error: Any = None


class _OldReply(msgspec.Struct):
    embedding: list[float] | None = None
    error: Any = None


def encode_request(request: EmbedRequest, target: Target) -> HttpRequest:
    """The request. Ollama cuts long texts unless it is told not to.

    Raises:
        UnsupportedParameterError: the provider has no such parameter.
    """
    check_parameters(request, target)
    fields: dict[str, Any] = {"model": request.model, "input": texts(request, target)}
    if "truncate" in target.parameters:
        fields["truncate"] = request.overflow is Overflow.TRUNCATE
    if request.dimensions is not None:
        fields["dimensions"] = request.dimensions
    url = target.url("/api/embed", request.model)
    return HttpRequest("POST", url, target.request_headers(), request_body.written(fields | dict(request.extra)))


def encode_old_request(request: EmbedRequest, target: Target) -> HttpRequest:
    """The request of an older server for one text.

    Raises:
        UnsupportedParameterError: several texts, or the provider has no such parameter.
    """
    check_parameters(request, target)
    listed = texts(request, target)
    if len(listed) > 1:
        raise UnsupportedParameterError(f"{target.provider} takes one text in one request", param="inputs")
    fields = {"model": request.model, "prompt": listed[0]} | dict(request.extra)
    url = target.url("/api/embeddings", request.model)
    return HttpRequest("POST", url, target.request_headers(), request_body.written(fields))


def decode_reply(
    reply: HttpReply,
    request: EmbedRequest,
    target: Target,
    int8_scale: float | None = None,  # noqa: ARG001
) -> Answer:
    """The vectors of a reply; raises as :func:`onevec.wires.items.decode_items`."""
    body = items.read_body(reply, target, _Reply)
    vectors = items.checked_rows(lambda: items.counted(body.embeddings, len(request.inputs)), reply, request, target)
    tokens = items.count(body.prompt_eval_count)
    return Answer(vectors, items.model_name(body.model, request), Usage(tokens, tokens))


def decode_old_reply(
    reply: HttpReply,
    request: EmbedRequest,
    target: Target,
    int8_scale: float | None = None,  # noqa: ARG001
) -> Answer:
    """The vector of an older server's reply, which tells no usage."""
    body = items.read_body(reply, target, _OldReply)
    rows = None if body.embedding is None else [body.embedding]
    vectors = items.checked_rows(lambda: items.counted(rows, len(request.inputs)), reply, request, target)
    return Answer(vectors, request.model, Usage())


def decode_request(body: bytes, headers: Mapping[str, str], model: str | None = None) -> EmbedRequest:  # noqa: ARG001
    """What a client asks.

    Raises:
        InvalidRequestError: a fault in the body; `loc` says where.
    """
    known, extra = request_body.read_as(body, Body)
    return EmbedRequest(
        model=_model(model or known.model),
        inputs=request_body.inputs(known.input),
        dimensions=known.dimensions,
        overflow=TRUNCATED[known.truncate is not False],
        extra=extra,
    )


def decode_old_request(body: bytes, headers: Mapping[str, str], model: str | None = None) -> EmbedRequest:  # noqa: ARG001
    """What a client asks of the old route, which cuts long texts.

    Raises:
        InvalidRequestError: a fault in the body; `loc` says where.
    """
    known, extra = request_body.read_as(body, OldBody)
    one = request_body.inputs(known.prompt, "prompt")
    return EmbedRequest(_model(model or known.model), one, overflow=Overflow.TRUNCATE, extra=extra)


def _model(name: str | None) -> str:
    # Ollama's own name of the only version of a model.
    return request_body.named(name).removesuffix(":latest")


def encode_reply(out: Outgoing) -> bytes:
    """The body of a success."""
    body = {"model": out.result.model, "embeddings": out.codes, "prompt_eval_count": out.usage.prompt_tokens}
    return orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)


def encode_old_reply(out: Outgoing) -> bytes:
    """The body of a success of the old route."""
    return orjson.dumps({"embedding": out.codes[0]}, option=orjson.OPT_SERIALIZE_NUMPY)


def encode_error(error: OnevecError) -> HttpReply:
    """An error as Ollama words it."""
    body = {"error": error.message, "code": error.code, "param": error.param}
    return HttpReply(error.status, error_headers(error), orjson.dumps(body))


OLLAMA = Wire(
    name="ollama",
    path="/api/embed",
    encode_request=encode_request,
    decode_reply=decode_reply,
    error_code=faults.error_code,
    decode_request=decode_request,
    encode_reply=encode_reply,
    encode_error=encode_error,
)

OLLAMA_OLD = Wire(
    name="ollama_old",
    path="/api/embeddings",
    encode_request=encode_old_request,
    decode_reply=decode_old_reply,
    error_code=faults.error_code,
    decode_request=decode_old_request,
    encode_reply=encode_old_reply,
    encode_error=encode_error,
)
