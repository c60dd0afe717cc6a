"""The Bedrock wire: `POST {base}/model/{model}/invoke`, whose body is that of the model's family.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html
"""

from collections.abc import Mapping
from typing import Any

import msgspec
import orjson

from onevec.errors import OnevecError
from onevec.exchange import HttpReply, HttpRequest
from onevec.target import Target, check_parameters
from onevec.types import EmbedRequest, EmbedResult, Usage
from onevec.wires import body as request_body
from onevec.wires import faults, items
from onevec.wires.bedrock_families import COHERE, TITAN, family_of
from onevec.wires.items import Answer
from onevec.wires.openai import error_headers
from onevec.wires.wire import Outgoing, Wire

TOKEN_COUNT = "x-amzn-bedrock-input-token-count"  # noqa: S105 - a header's name
"""Where Bedrock tells how many tokens it read, whatever the family."""


COHERE_FIELDS = frozenset({"texts", "images", "inputs"})


class _Whatever(msgspec.Struct):
    """A body of which only the names of its fields matter."""


class _ByType(msgspec.Struct, rename={"floats": "float"}):
    floats: list[list[float]] | None = None


class _Reply(msgspec.Struct):
    embedding: list[float] | None = None
    embeddings: _ByType | list[list[float]] | None = None
    inputTextTokenCount: Any = None  # noqa: N815 - the vendor's name
    error: Any = None


def encode_request(request: EmbedRequest, target: Target) -> HttpRequest:
    """The request in the words of the model's family.

    Raises:
        UnsupportedParameterError: token ids, or what the family does not have.
    """
    check_parameters(request, target)
    fields = family_of(request.model).ask(request, target) | dict(request.extra)
    url = target.url(BEDROCK.path, request.model)
    return HttpRequest("POST", url, target.request_headers(), request_body.written(fields))


def decode_reply(
    reply: HttpReply,
    request: EmbedRequest,
    target: Target,
    int8_scale: float | None = None,  # noqa: ARG001
) -> Answer:
    """The vectors of either family's reply; raises as :func:`onevec.wires.items.decode_items`."""
    body = items.read_body(reply, target, _Reply)
    several = body.embeddings.floats if isinstance(body.embeddings, _ByType) else body.embeddings
    rows = several if body.embedding is None else [body.embedding]
    vectors = items.checked_rows(lambda: items.counted(rows, len(request.inputs)), reply, request, target)
    told = reply.headers.get(TOKEN_COUNT, "")
    tokens = items.count(body.inputTextTokenCount)
    tokens = int(told) if tokens is None and told.isascii() and told.isdecimal() and len(told) < 16 else tokens
    return Answer(vectors, request.model, Usage(tokens, tokens))


def decode_request(body: bytes, headers: Mapping[str, str], model: str | None = None) -> EmbedRequest:  # noqa: ARG001
    """What a client asks: a body with a list of inputs is Cohere's, another Titan's.

    Raises:
        InvalidRequestError: a fault in the body.
    """
    fields = request_body.read_as(body, _Whatever)[1]
    return (COHERE if COHERE_FIELDS & fields.keys() else TITAN).read(body, request_body.named(model, None))


def encode_reply(out: Outgoing) -> bytes:
    """The body of a success, in the words of the family in which it was asked."""
    family = COHERE if out.request.form.get("family") == COHERE.name else TITAN
    return orjson.dumps(family.answer(out), option=orjson.OPT_SERIALIZE_NUMPY)


def reply_headers(result: EmbedResult) -> dict[str, str]:
    """The token count, where it is known."""
    return {} if result.usage.prompt_tokens is None else {TOKEN_COUNT: str(result.usage.prompt_tokens)}


EXCEPTIONS: Mapping[int, str] = {
    401: "AccessDeniedException",
    402: "ServiceQuotaExceededException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    424: "ModelErrorException",
    429: "ThrottlingException",
    503: "ServiceUnavailableException",
    504: "ModelTimeoutException",
}
"""The exception that Amazon's clients raise for a status; the rest are the request's fault, or the server's."""


def encode_error(error: OnevecError) -> HttpReply:
    """An error as Amazon's clients read it: the header names their exception, the body also our code."""
    kind = EXCEPTIONS.get(error.status, "InternalServerException" if error.status >= 500 else "ValidationException")
    body = {"message": error.message, "code": error.code, "param": error.param}
    return HttpReply(error.status, error_headers(error) | {"x-amzn-errortype": kind}, orjson.dumps(body))


BEDROCK = Wire(
    name="bedrock",
    encode_request=encode_request,
    decode_reply=decode_reply,
    error_code=faults.error_code,
    decode_request=decode_request,
    encode_reply=encode_reply,
    encode_error=encode_error,
    reply_headers=reply_headers,
    path="/model/{model}/invoke",
)
