"""The families of Bedrock's embedding models, each with a body of its own.

Sources: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html,
model-parameters-titan-embed-mm.html and model-parameters-embed.html beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import msgspec

from onevec.errors import InvalidRequestError, UnsupportedParameterError
from onevec.requests import MAX_DIMENSIONS
from onevec.target import Target, texts
from onevec.types import EmbedRequest, Input, InputType
from onevec.wires import body as request_body
from onevec.wires import cohere, words
from onevec.wires.pictures import Content, picture, sendable
from onevec.wires.wire import Outgoing

Dimensions = Annotated[int, msgspec.Meta(ge=1, le=MAX_DIMENSIONS)]

INPUT_TYPES = {word: kind for kind, word in cohere.INPUT_TYPES.items() if kind is not None}

Single = TypeVar("Single")


class _Config(msgspec.Struct, rename="camel"):
    output_embedding_length: Dimensions | None = None


AS_WE_ANSWER = (("normalize", True), ("embeddingTypes", ["float"]))
"""Parameters of Titan that ask for what is answered anyway."""


class _Titan(msgspec.Struct, rename="camel"):
    input_text: str | None = None
    input_image: str | None = None
    dimensions: Dimensions | None = None
    embedding_config: _Config | None = None


class _Cohere(msgspec.Struct):
    texts: list[str] | None = None
    images: list[str] | None = None
    inputs: list[Content] | None = None
    input_type: str | None = None
    output_dimension: Dimensions | None = None
    embedding_types: list[str] | None = None
    truncate: str | None = None


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
    ask: Callable[[EmbedRequest, Target], dict[str, Any]]
    read: Callable[[bytes, str], EmbedRequest]
    answer: Callable[[Outgoing], dict[str, Any]]


def _ask_titan(request: EmbedRequest, target: Target) -> dict[str, Any]:
    _refuse_input_type(request)
    size = {"dimensions": request.dimensions} if request.dimensions is not None else {}
    return {"inputText": _single(texts(request, target))} | size


def _ask_titan_image(request: EmbedRequest, target: Target) -> dict[str, Any]:
    _refuse_input_type(request)
    size = {"embeddingConfig": {"outputEmbeddingLength": request.dimensions}} if request.dimensions is not None else {}
    one = _single(sendable(request, target))
    if isinstance(one, str):
        return {"inputText": one} | size
    text = {} if one.text is None else {"inputText": one.text}
    return text | {"inputImage": one.base64} | size


def _single(inputs: list[Single]) -> Single:
    if len(inputs) != 1:
        raise UnsupportedParameterError(
            "a Titan model takes one text a request, or one image", provider="bedrock", param="inputs"
        )
    return inputs[0]


def _refuse_input_type(request: EmbedRequest) -> None:
    if request.input_type not in (None, InputType.TEXT):
        raise UnsupportedParameterError(
            "Titan models of bedrock have no parameter input_type: leave it out, or take a Cohere model",
            provider="bedrock",
            param="input_type",
            value=str(request.input_type),
        )


def _ask_cohere(request: EmbedRequest, target: Target) -> dict[str, Any]:
    size = {"output_dimension": request.dimensions} if request.dimensions is not None else {}
    kind = {"input_type": cohere.INPUT_TYPES[request.input_type]}
    return kind | cohere.said(request, target) | {"embedding_types": ["float"]} | size


def _read_titan(body: bytes, model: str) -> EmbedRequest:
    known, extra = request_body.read_as(body, _Titan)
    config = known.embedding_config
    return EmbedRequest(
        model,
        (_read_single(known),),
        known.dimensions or (config.output_embedding_length if config else None),
        extra={name: value for name, value in extra.items() if (name, value) not in AS_WE_ANSWER},
        form={"family": "titan"},
    )


def _read_single(known: _Titan) -> Input:
    if known.input_image is not None:
        return picture(known.input_image, ("inputImage",), known.input_text)
    if known.input_text is None:
        raise InvalidRequestError("$.inputText is missing: there is nothing to embed", loc=("inputText",))
    return request_body.filled(known.input_text, ("inputText",))


def _read_cohere(body: bytes, model: str) -> EmbedRequest:
    known, extra = request_body.read_as(body, _Cohere)
    if known.embedding_types and known.embedding_types != ["float"]:
        raise UnsupportedParameterError("$.embedding_types must be ['float'] here", param="embedding_types")
    word = known.input_type
    kind = INPUT_TYPES.get(word) if word else None
    if word not in (None, cohere.IMAGE) and kind is None:
        raise UnsupportedParameterError(
            f"$.input_type must be one of {', '.join(sorted(INPUT_TYPES))}", param="input_type", value=str(word)[:60]
        )
    return EmbedRequest(
        model,
        cohere.heard(known.texts, known.images, known.inputs),
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
