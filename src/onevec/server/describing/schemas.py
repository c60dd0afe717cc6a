"""The bodies of the API as types, for its description and the tests of it.

The server itself reads requests with :class:`onevec.wires.body.Body` and writes replies by the wires.
"""

from typing import Annotated, Any, Literal

import msgspec

from onevec.requests import MAX_DIMENSIONS
from onevec.types import Encoding, InputType, Modality

Text = Annotated[str, msgspec.Meta(min_length=1)]

_TEXT = {"type": "string", "minLength": 1}
_TOKENS = {"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}}
_INPUT = {
    "anyOf": [
        _TEXT,
        {"type": "array", "minItems": 1, "items": _TEXT},
        _TOKENS,
        {"type": "array", "minItems": 1, "items": _TOKENS},
    ]
}

Inputs = Annotated[
    Any,
    msgspec.Meta(
        description="A text, texts, the token ids of one text, or those of several.", extra_json_schema=_INPUT
    ),
]
Dimensions = Annotated[
    int,
    msgspec.Meta(ge=1, le=MAX_DIMENSIONS, description="Length of the vectors; 422 where the model has not that one."),
]
Format = Annotated[Encoding, msgspec.Meta(description="How the vectors are written.")]
Kind = Annotated[InputType, msgspec.Meta(description="What the inputs are for; 422 where the model has not that one.")]


class AzureRequest(msgspec.Struct):
    """Request for creating embeddings."""

    input: Inputs
    dimensions: Dimensions | None = None
    encoding_format: Format | None = None
    input_type: Kind | None = None
    model: Annotated[str, msgspec.Meta(description="Ignored where one model is served.")] | None = None


class OpenAIRequest(msgspec.Struct):
    """Request for creating embeddings."""

    input: Inputs
    model: Text
    dimensions: Dimensions | None = None
    encoding_format: Format | None = None
    input_type: Kind | None = None
    user: Annotated[str, msgspec.Meta(description="Accepted and not used.")] | None = None


class DeploymentRequest(msgspec.Struct):
    """Request for creating embeddings with the deployment that the path names, whatever `model` says."""

    input: Inputs
    model: str | None = None
    dimensions: Dimensions | None = None
    encoding_format: Format | None = None
    input_type: Kind | None = None
    user: Annotated[str, msgspec.Meta(description="Accepted and not used.")] | None = None


Image = Annotated[
    str, msgspec.Meta(min_length=1, description="A data URL, base64, or an address at a host that the operator lists.")
]


class ImageInput(msgspec.Struct):
    """An image, with or without the text that makes a pair of it."""

    image: Image
    text: Text | None = None


class AzureImagesRequest(msgspec.Struct):
    """Request for creating embeddings of images."""

    input: Annotated[list[ImageInput], msgspec.Meta(min_length=1)]
    dimensions: Dimensions | None = None
    encoding_format: Format | None = None
    input_type: Kind | None = None
    model: Annotated[str, msgspec.Meta(description="Ignored where one model with images is served.")] | None = None


class Embedding(msgspec.Struct):
    """One vector, in the encoding that was asked for."""

    object: Literal["embedding"]
    index: int
    embedding: str | list[float]


class Usage(msgspec.Struct):
    """Tokens that were read; null where the provider tells none."""

    prompt_tokens: int | None
    total_tokens: int | None


class EmbeddingList(msgspec.Struct):
    """Response from an embeddings request."""

    object: Literal["list"]
    data: list[Embedding]
    model: str
    usage: Usage
    id: str | None = None


class Detail(msgspec.Struct):
    """The parameter that is at fault, and its value."""

    loc: list[str]
    value: str


class AzureError(msgspec.Struct):
    """An error of the Azure routes and of the server's own; `detail` with status 422."""

    error: str
    code: str
    message: str
    status: int
    param: str | None = None
    detail: Detail | None = None


class OpenAIFault(msgspec.Struct):
    """What is wrong."""

    message: str
    type: str
    param: str | None
    code: str | None


class OpenAIError(msgspec.Struct):
    """An error of the OpenAI routes."""

    error: OpenAIFault


class ModelInfo(msgspec.Struct):
    """The deployment that answers."""

    model_name: str
    model_type: str
    model_provider_name: str
    dimensions: int | None
    max_input_tokens: int | None
    input_types: list[InputType]
    modalities: list[Modality]
    vector_space: str | None


class ModelCard(msgspec.Struct):
    """One deployment; its price is in US dollars for a million tokens, null where nobody knows one."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    aliases: list[str]
    price: float | None
    dimensions: int | None
    max_input_tokens: int | None
    input_types: list[InputType]
    modalities: list[Modality]
    vector_space: str | None


class ModelList(msgspec.Struct):
    """Every deployment."""

    object: Literal["list"]
    data: list[ModelCard]


class Health(msgspec.Struct):
    """A word on how the server is."""

    status: Literal["live", "ready"]
