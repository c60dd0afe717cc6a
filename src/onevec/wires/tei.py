"""The wires of Hugging Face: `POST {base}/embed` of a text-embeddings-inference server, and the router of the hub.

Both take the same body and answer a bare list of vectors; the server answers its token count in a header.

Sources: https://huggingface.github.io/text-embeddings-inference/,
https://huggingface.co/docs/inference-providers/tasks/feature-extraction
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
import orjson

from onevec.errors import InvalidRequestError, OnevecError, UnsupportedParameterError
from onevec.exchange import HttpReply, HttpRequest
from onevec.requests import MAX_DIMENSIONS, text_inputs
from onevec.target import Target, check_parameters, texts
from onevec.types import EmbedRequest, EmbedResult, InputType, Overflow, Usage
from onevec.wires import body as request_body
from onevec.wires import faults, items
from onevec.wires.items import Answer
from onevec.wires.openai import error_headers
from onevec.wires.wire import Outgoing, Wire
from onevec.wires.words import TRUNCATED

TOKENS = "x-compute-tokens"
"""The header with the tokens of a request."""

ROUTER = "/hf-inference/models/{model}/pipeline/feature-extraction"

PROMPTS: Mapping[str, InputType] = {
    "query": InputType.QUERY,
    "document": InputType.DOCUMENT,
    "passage": InputType.DOCUMENT,
}
"""The usual names in a sentence-transformers model's own list of prompts; a model without them answers an error."""


class Body(msgspec.Struct):
    """The body of a request."""

    inputs: str | list[str | request_body.TokenId | list[request_body.TokenId]]
    truncate: bool | None = None
    truncation_direction: str | None = None
    prompt_name: str | None = None
    normalize: bool | None = None
    dimensions: Annotated[int, msgspec.Meta(ge=1, le=MAX_DIMENSIONS)] | None = None


def _fields(request: EmbedRequest, target: Target) -> dict[str, Any]:
    check_parameters(request, target)
    fields: dict[str, Any] = {}
    if request.dimensions is not None:
        fields["dimensions"] = request.dimensions
    if request.input_type in (InputType.QUERY, InputType.DOCUMENT):
        fields["prompt_name"] = request.input_type
    if "truncate" in target.parameters:
        fields["truncate"] = request.overflow is Overflow.TRUNCATE
    return fields


def encode_request(request: EmbedRequest, target: Target) -> HttpRequest:
    """The request for a server of one model, whose name it does not take.

    Raises:
        UnsupportedParameterError: the provider has no such parameter.
    """
    fields = {"inputs": text_inputs(request, target.provider)} | _fields(request, target)
    body = request_body.written(fields | dict(request.extra))
    return HttpRequest("POST", target.url("/embed", request.model), target.request_headers(), body)


def encode_routed(request: EmbedRequest, target: Target) -> HttpRequest:
    """The request for the router, the model's name in its path.

    Raises:
        UnsupportedParameterError: the provider has no such parameter, or takes no token ids.
    """
    body = request_body.written({"inputs": texts(request, target)} | _fields(request, target) | dict(request.extra))
    path = ROUTER.replace("{model}", quote(request.model, safe="/"))
    return HttpRequest("POST", target.url(path, request.model), target.request_headers(), body)


def decode_reply(
    reply: HttpReply,
    request: EmbedRequest,
    target: Target,
    int8_scale: float | None = None,  # noqa: ARG001
) -> Answer:
    """The vectors of a reply; raises as :func:`onevec.wires.items.decode_items`."""
    body = items.read_body(reply, target, list[list[float]] | dict[str, Any])  # type: ignore[arg-type]
    if isinstance(body, Mapping):
        raise faults.error_in_success(body.get("error") or "no list of vectors", reply, target)
    vectors = items.checked_rows(lambda: items.counted(body, len(request.inputs)), reply, request, target)
    said = reply.headers.get(TOKENS, "")
    tokens = int(said) if said.isascii() and said.isdecimal() and len(said) < 16 else None
    return Answer(vectors, request.model, Usage(tokens, tokens))


def decode_request(body: bytes, headers: Mapping[str, str], model: str | None = None) -> EmbedRequest:  # noqa: ARG001
    """What a client asks; which model is the route's to say, or there is one.

    Raises:
        InvalidRequestError: a fault in the body; `loc` says where.
        UnsupportedParameterError: texts are to be cut at their beginning.
    """
    known, extra = request_body.read_as(body, Body)
    if (known.truncation_direction or "right").lower() != "right":
        raise UnsupportedParameterError(
            "$.truncation_direction: texts are cut at their end: leave it out", param="truncation_direction"
        )
    if known.normalize is False:
        raise UnsupportedParameterError("$.normalize: vectors are answered as the model has them", param="normalize")
    if known.prompt_name is not None and known.prompt_name not in PROMPTS:
        raise InvalidRequestError(
            f"$.prompt_name must be one of {', '.join(PROMPTS)}", param="prompt_name", value=known.prompt_name[:60]
        )
    return EmbedRequest(
        model=model or "",
        inputs=request_body.inputs(known.inputs, "inputs"),
        dimensions=known.dimensions,
        input_type=PROMPTS.get(known.prompt_name or ""),
        overflow=TRUNCATED[bool(known.truncate)],
        extra=extra,
    )


def encode_reply(out: Outgoing) -> bytes:
    """A list of vectors."""
    return orjson.dumps(out.codes, option=orjson.OPT_SERIALIZE_NUMPY)


def reply_headers(result: EmbedResult) -> dict[str, str]:
    """The token count, where it is known."""
    return {} if result.usage.prompt_tokens is None else {TOKENS: str(result.usage.prompt_tokens)}


ERROR_TYPES: Mapping[int, str] = {401: "Unauthorized", 429: "Overloaded", 503: "Overloaded"}


def encode_error(error: OnevecError) -> HttpReply:
    """An error as text-embeddings-inference words it."""
    kind = ERROR_TYPES.get(error.status, "Validation" if error.status < 500 else "Backend")
    body = {"error": error.message, "error_type": kind, "code": error.code, "param": error.param}
    return HttpReply(error.status, error_headers(error), orjson.dumps(body))


def _wire(name: str, path: str, encode: Callable[[EmbedRequest, Target], HttpRequest]) -> Wire:
    return Wire(
        name=name,
        path=path,
        encode_request=encode,
        decode_reply=decode_reply,
        error_code=faults.error_code,
        decode_request=decode_request,
        encode_reply=encode_reply,
        encode_error=encode_error,
        reply_headers=reply_headers,
    )


TEI = _wire("tei", "/embed", encode_request)
HUGGINGFACE = _wire("huggingface", ROUTER, encode_routed)
