"""Wires in OpenAI's shape with other words: Mistral's, Voyage's and NVIDIA's."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import orjson
import pybase64

from onevec.errors import OnevecError
from onevec.exchange import HttpReply, HttpRequest
from onevec.target import Target, check_parameters, texts
from onevec.types import EmbedRequest
from onevec.wires import body as request_body
from onevec.wires import faults, words
from onevec.wires.openai import ERROR_TYPES, decode_reply, error_headers, reply_fields
from onevec.wires.wire import DecodeRequest, Outgoing, Wire
from onevec.wires.words import Words

Listing: TypeAlias = Callable[[EmbedRequest, Target], Sequence[Any]]
"""How a dialect writes its inputs."""


def encoder(
    spelling: Words, listing: Listing = texts, path: str = "/embeddings", field: str = "input"
) -> Callable[[EmbedRequest, Target], HttpRequest]:
    """Writes requests in these words."""

    def encode_request(request: EmbedRequest, target: Target) -> HttpRequest:
        check_parameters(request, target)
        fields = {field: listing(request, target), "model": request.model} | words.asked(spelling, request, target)
        url = target.url(path, request.model)
        written = request_body.written(fields | dict(request.extra))
        return HttpRequest("POST", url, target.request_headers(), written)

    return encode_request


def decoder(spelling: Words) -> DecodeRequest:
    """Reads requests in these words."""

    def decode_request(body: bytes, headers: Mapping[str, str], model: str | None = None) -> EmbedRequest:  # noqa: ARG001
        known, extra = request_body.read(body)
        return words.understood(spelling, known, extra, request_body.named(model or known.model))

    return decode_request


def encode_reply(out: Outgoing) -> bytes:
    """The body of a success."""
    return orjson.dumps(answered(out), option=orjson.OPT_SERIALIZE_NUMPY)


def answered(out: Outgoing) -> dict[str, Any]:
    """The fields of a success; codes of whole numbers are base64 of their bytes where both were asked for."""
    if out.request.form.get("packed"):
        rows = np.ascontiguousarray(out.coded(out.encoding))
        out = replace(out, written=[pybase64.b64encode(row).decode("ascii") for row in rows])
    return {"id": out.id} | reply_fields(out)


def encode_detail(error: OnevecError) -> HttpReply:
    """An error as Voyage's and Jina's clients read it."""
    body = {"detail": error.message, "code": error.code, "param": error.param}
    return HttpReply(error.status, error_headers(error), orjson.dumps(body))


def encode_flat(error: OnevecError) -> HttpReply:
    """An error as Mistral's and NVIDIA's clients read it; a 422 also tells the place, in FastAPI's way."""
    body: dict[str, Any] = {
        "object": "error",
        "message": error.message,
        "type": ERROR_TYPES.get(error.status, "invalid_request_error" if error.status < 500 else "server_error"),
        "param": error.param,
        "code": error.code,
    }
    if error.status == 422:
        place = ["body", *(error.loc or ())]
        body["detail"] = [{"loc": place, "msg": error.message, "type": error.code}]
    return HttpReply(error.status, error_headers(error), orjson.dumps(body))


def shaped(name: str, spelling: Words, encode_error: Callable[[OnevecError], HttpReply]) -> Wire:
    """A wire in these words."""
    return Wire(
        name=name,
        encode_request=encoder(spelling),
        decode_reply=decode_reply,
        error_code=faults.error_code,
        decode_request=decoder(spelling),
        encode_reply=encode_reply,
        encode_error=encode_error,
    )


MISTRAL = shaped("mistral", words.MISTRAL, encode_flat)
VOYAGE = shaped("voyage", words.VOYAGE, encode_detail)
NVIDIA = shaped("nvidia", words.NVIDIA, encode_flat)
