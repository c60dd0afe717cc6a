"""The bodies of the vendors after OpenAI and Azure as types, for the description of the API."""

from typing import Annotated, Any, Literal

import msgspec

from onevec.server.describing.schemas import Dimensions, Embedding, Format, Image, Inputs, Text
from onevec.types import Encoding


class Content(msgspec.Struct):
    """One input: parts of type text, image_base64 or image_url; one text, one image, or one of each."""

    content: Annotated[list[dict[str, Any]], msgspec.Meta(min_length=1)]


class VoyageMultimodalRequest(msgspec.Struct):
    """Request for creating embeddings of texts, images and pairs."""

    inputs: Annotated[list[Content], msgspec.Meta(min_length=1)]
    model: Text
    input_type: Literal["query", "document"] | None = None
    truncation: bool | None = None
    output_dimension: Dimensions | None = None
    output_dtype: Format | None = None
    output_encoding: Literal["base64"] | None = None


class JinaRequest(msgspec.Struct):
    """Request for creating embeddings of texts, or of documents that are `{"text": …}` or `{"image": …}`."""

    input: Annotated[Any, msgspec.Meta(description="A text, texts, or documents.")]
    model: Text
    dimensions: Dimensions | None = None
    encoding_format: Format | None = None
    task: str | None = None
    embedding_type: Format | None = None
    truncate: bool | None = None


class NvidiaRequest(msgspec.Struct):
    """Request for creating embeddings."""

    input: Inputs
    model: Text
    dimensions: Dimensions | None = None
    encoding_format: Format | None = None
    input_type: Literal["query", "passage", "document", "text"] | None = None
    truncate: Literal["NONE", "END"] | bool | None = None


class CohereRequest(msgspec.Struct):
    """Request for creating embeddings of what one of `texts`, `images` and `inputs` holds."""

    model: Text
    texts: Annotated[list[Text], msgspec.Meta(min_length=1)] | None = None
    images: Annotated[list[Image], msgspec.Meta(min_length=1)] | None = None
    inputs: Annotated[list[Content], msgspec.Meta(min_length=1)] | None = None
    input_type: Literal["search_document", "search_query", "classification", "clustering", "image"] | None = None
    output_dimension: Dimensions | None = None
    embedding_types: list[Encoding] | None = None
    truncate: Literal["NONE", "END"] | None = None


class OllamaRequest(msgspec.Struct):
    """Request for creating embeddings."""

    input: Text | Annotated[list[Text], msgspec.Meta(min_length=1)]
    model: Text
    truncate: Annotated[bool, msgspec.Meta(description="Whether long texts are cut; they are by default.")] | None = (
        None
    )
    dimensions: Dimensions | None = None
    options: Annotated[Any, msgspec.Meta(description="Accepted and not used.")] = None
    keep_alive: Annotated[Any, msgspec.Meta(description="Accepted and not used.")] = None


class OldOllamaRequest(msgspec.Struct):
    """Request for creating one embedding."""

    prompt: Text
    model: Text
    options: Annotated[Any, msgspec.Meta(description="Accepted and not used.")] = None
    keep_alive: Annotated[Any, msgspec.Meta(description="Accepted and not used.")] = None


class TeiRequest(msgspec.Struct):
    """Request for creating embeddings with the one model that is served."""

    inputs: Inputs
    truncate: Annotated[bool, msgspec.Meta(description="Whether long texts are cut.")] | None = None
    prompt_name: Literal["query", "document", "passage"] | None = None
    dimensions: Dimensions | None = None


class MultimodalUsage(msgspec.Struct):
    """What was read; nobody here counts pixels."""

    text_tokens: int
    image_pixels: int
    video_pixels: int
    total_tokens: int


class VoyageMultimodalEmbeddings(msgspec.Struct):
    """Response from a request for embeddings."""

    object: Literal["list"]
    data: list[Embedding]
    model: str
    usage: MultimodalUsage
    id: str | None = None


class BilledUnits(msgspec.Struct):
    """Tokens that were read; null where the provider tells none."""

    input_tokens: int | None


class ApiVersion(msgspec.Struct):
    """The version that was spoken."""

    version: str


class Meta(msgspec.Struct):
    """What is known of the request."""

    api_version: ApiVersion
    billed_units: BilledUnits


class CohereEmbeddings(msgspec.Struct):
    """Vectors in each encoding that was asked for; bare floats on `/v1/embed` when none was."""

    id: str
    embeddings: dict[str, list[str | list[float]]] | list[list[float]]
    texts: list[str]
    meta: Meta
    response_type: Literal["embeddings_by_type", "embeddings_floats"]


class OllamaEmbeddings(msgspec.Struct):
    """Response from an embeddings request."""

    model: str
    embeddings: list[list[float]]
    prompt_eval_count: int | None


class OldOllamaEmbedding(msgspec.Struct):
    """Response from a request for one embedding."""

    embedding: list[float]


Rows = list[list[float]]
"""Vectors and nothing else."""


class MessageError(msgspec.Struct):
    """What is wrong."""

    message: str
    code: str
    param: str | None


class DetailError(msgspec.Struct):
    """What is wrong."""

    detail: str
    code: str
    param: str | None


class TextError(msgspec.Struct):
    """What is wrong."""

    error: str
    code: str
    param: str | None
    error_type: str | None = None
