"""The Bedrock wire: `POST {base}/model/{model}/invoke`, whose body is that of the model's family.

Sources: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html and
model-parameters-embed.html beside it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
import orjson

from onevec.errors import OnevecError, UnsupportedParameterError
from onevec.exchange import HttpReply, HttpRequest
from onevec.requests import MAX_DIMENSIONS
from onevec.target import Target, check_parameters, texts
from onevec.types import EmbedRequest, EmbedResult, InputType, Usage
from onevec.wires import body as request_body
from onevec.wires import faults, items, words
from onevec.wires.items import Answer
from onevec.wires.openai import error_headers
from onevec.wires.wire import Outgoing, Wire

Dimensions = Annotated[int, msgspec.Meta(ge=1, le=MAX_DIMENSIONS)]

PURPOSES: Mapping[InputType | None, str] = {
    None: "search_document",
    InputType.TEXT: "clustering",
    InputType.QUERY: "search_query",
    InputType.DOCUMENT: "search_document",
}
"""Cohere's words for ours; the models want one of them."""

INPUT_TYPES = {word: kind for kind, word in PURPOSES.items() if kind is not None}

TOKEN_COUNT = "x-amzn-bedrock-input-token-count"  # noqa: S105 - a header's name
"""Where Bedrock tells how many tokens it read, whatever the family."""


class _Config(msgspec.Struct, rename="camel"):
    output_embedding_length: Dimensions | None = None


AS_WE_ANSWER = (("normalize", True), ("embeddingTypes", ["float"]))
"""Parameters of Titan that ask for what is answered anyway."""


class _Whatever(msgspec.Struct):
    """A body of which only the names of its fields matter."""


class _Titan(msgspec.Struct, rename="camel"):
    input_text: str
    dimensions: Dimensions | None = None
    embedding_config: _Config | None = None


class _Cohere(msgspec.Struct):
    texts: list[str]
    input_type: str | None = None
    output_dimension: Dimensions | None = None
    embedding_types: list[str] | None = None
    truncate: str | None = None


class _ByType(msgspec.Struct, rename={"floats": "float"}):
    floats: list[list[float]] | None = None


class _Reply(msgspec.Struct):
    embedding: list[float] | None = None
    embeddings: _ByType | list[list[float]] | None = None
    inputTextTokenCount: Any = None  # noqa: N815 - the vendor's name
    error: Any = None


@dataclass(frozen=True, slots=True)
class Family:
    """The models that share a body.

    Attributes:
        name: Theirs, in the `form` of a request that came to us.
        prefixes: What their ids begin with, after the region of an inference profile.
        ask: The fields of a request.
        read: The request out of a body.
        answer: The fields of a success.
    """

    name: str
    prefixes: tuple[str, ...]
    ask: Callable[[EmbedRequest, list[str]], dict[str, Any]]
    read: Callable[[bytes, str], EmbedRequest]
    answer: Callable[[Outgoing], dict[str, Any]]


def _ask_titan(request: EmbedRequest, inputs: list[str]) -> dict[str, Any]:
    _refuse_input_type(request)
    size = {"dimensions": request.dimensions} if request.dimensions is not None else {}
    return {"inputText": _single(inputs)} | size


def _ask_titan_image(request: EmbedRequest, inputs: list[str]) -> dict[str, Any]:
    _refuse_input_type(request)
    size = {"embeddingConfig": {"outputEmbeddingLength": request.dimensions}} if request.dimensions is not None else {}
    return {"inputText": _single(inputs)} | size


def _single(inputs: list[str]) -> str:
    if len(inputs) != 1:
        raise UnsupportedParameterError("a Titan model takes one text a request", provider="bedrock", param="inputs")
    return inputs[0]


def _refuse_input_type(request: EmbedRequest) -> None:
    if request.input_type not in (None, InputType.TEXT):
        raise UnsupportedParameterError(
            "Titan models of bedrock have no parameter input_type: leave it out, or take a Cohere model",
            provider="bedrock",
            param="input_type",
            value=str(request.input_type),
        )


def _ask_cohere(request: EmbedRequest, inputs: list[str]) -> dict[str, Any]:
    size = {"output_dimension": request.dimensions} if request.dimensions is not None else {}
    return {"texts": inputs, "input_type": PURPOSES[request.input_type], "embedding_types": ["float"]} | size


def _read_titan(body: bytes, model: str) -> EmbedRequest:
    known, extra = request_body.read_as(body, _Titan)
    config = known.embedding_config
    return EmbedRequest(
        model,
        request_body.inputs(known.input_text, "inputText"),
        known.dimensions or (config.output_embedding_length if config else None),
        extra={name: value for name, value in extra.items() if (name, value) not in AS_WE_ANSWER},
        form={"family": "titan"},
    )


def _read_cohere(body: bytes, model: str) -> EmbedRequest:
    known, extra = request_body.read_as(body, _Cohere)
    if known.embedding_types and known.embedding_types != ["float"]:
        raise UnsupportedParameterError("$.embedding_types must be ['float'] here", param="embedding_types")
    word = known.input_type
    kind = INPUT_TYPES.get(word) if word else None
    if word and kind is None:
        raise UnsupportedParameterError(
            f"$.input_type must be one of {', '.join(sorted(INPUT_TYPES))}", param="input_type", value=word[:60]
        )
    return EmbedRequest(
        model,
        request_body.inputs(known.texts, "texts"),
        known.output_dimension,
        kind,
        overflow=words.truncation("truncate", known.truncate or "NONE")["overflow"],
        extra=extra,
        form={"family": "cohere", "by_type": known.embedding_types is not None},
    )


def _answer_titan(out: Outgoing) -> dict[str, Any]:
    row = out.codes[0]
    return {
        "embedding": row,
        "embeddingsByType": {"float": row},
        "inputTextTokenCount": out.usage.prompt_tokens,
    }


def _answer_cohere(out: Outgoing) -> dict[str, Any]:
    if out.request.form.get("by_type"):
        return {"id": out.id, "response_type": "embeddings_by_type", "embeddings": {"float": out.codes}}
    return {"id": out.id, "response_type": "embeddings_floats", "embeddings": out.codes}


FAMILIES = (
    Family("cohere", ("cohere.",), _ask_cohere, _read_cohere, _answer_cohere),
    Family("titan-image", ("amazon.titan-embed-image", "amazon.titan-embed-g1-image"), _ask_titan_image, _read_titan,
           _answer_titan),
    Family("titan", ("amazon.titan-embed-text",), _ask_titan, _read_titan, _answer_titan),
)  # fmt: skip
"""An id of none of them, such as an ARN's, is asked as Titan."""

TITAN = FAMILIES[-1]
COHERE = FAMILIES[0]


def family_of(model: str) -> Family:
    """The family of a model id; a region before it, as `eu.`, is an inference profile's.

    >>> family_of("eu.cohere.embed-v4:0").name, family_of("amazon.titan-embed-text-v2:0").name
    ('cohere', 'titan')
    """
    rest = model.partition(".")[2]
    return next((one for one in FAMILIES if model.startswith(one.prefixes) or rest.startswith(one.prefixes)), TITAN)


def encode_request(request: EmbedRequest, target: Target) -> HttpRequest:
    """The request in the words of the model's family.

    Raises:
        UnsupportedParameterError: token ids, or what the family does not have.
    """
    check_parameters(request, target)
    fields = family_of(request.model).ask(request, texts(request, target)) | dict(request.extra)
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
    """What a client asks: a body with `texts` is Cohere's, another Titan's.

    Raises:
        InvalidRequestError: a fault in the body.
    """
    fields = request_body.read_as(body, _Whatever)[1]
    return (COHERE if "texts" in fields else TITAN).read(body, request_body.named(model, None))


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
