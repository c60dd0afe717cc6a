"""The bodies of the large clouds' dialects as types, for the description of the API."""

from typing import Annotated, Any

import msgspec

from onevec.server.describing.schemas import Dimensions, Image, Text
from onevec.server.describing.vendor_schemas import Content


class GeminiBlob(msgspec.Struct, rename="camel"):
    """An image in base64."""

    data: Text
    mime_type: str | None = None


class GeminiPart(msgspec.Struct, rename="camel"):
    """A part of an input: a piece of text, or an image."""

    text: Text | None = None
    inline_data: GeminiBlob | None = None


class GeminiContent(msgspec.Struct):
    """A text."""

    parts: Annotated[list[GeminiPart], msgspec.Meta(min_length=1)]
    role: str | None = None


class GeminiRequest(msgspec.Struct, rename="camel"):
    """Request for one embedding."""

    content: GeminiContent
    model: str | None = None
    task_type: str | None = None
    output_dimensionality: Dimensions | None = None


class GeminiBatch(msgspec.Struct):
    """Request for embeddings of texts, all in the same way."""

    requests: Annotated[list[GeminiRequest], msgspec.Meta(min_length=1)]


class GeminiValues(msgspec.Struct):
    """One vector."""

    values: list[float]


class GeminiUsage(msgspec.Struct, rename="camel"):
    """Tokens that were read."""

    prompt_token_count: int | None = None
    total_token_count: int | None = None


class GeminiEmbedding(msgspec.Struct, rename="camel"):
    """Response from a request for one embedding."""

    embedding: GeminiValues
    usage_metadata: GeminiUsage | None = None


class GeminiEmbeddings(msgspec.Struct, rename="camel"):
    """Response from a request for embeddings."""

    embeddings: list[GeminiValues]
    usage_metadata: GeminiUsage | None = None


class VertexImage(msgspec.Struct, rename="camel"):
    """An image in base64."""

    bytes_base64_encoded: Text
    mime_type: str | None = None


class VertexInstance(msgspec.Struct):
    """A text for a model of texts (`content`), or an image, a text, or both for one with images."""

    content: Text | None = None
    task_type: str | None = None
    image: VertexImage | None = None
    text: Text | None = None


class VertexParameters(msgspec.Struct, rename="camel"):
    """How all of them are embedded."""

    output_dimensionality: Dimensions | None = None
    auto_truncate: bool | None = None


class VertexRequest(msgspec.Struct):
    """Request for embeddings of texts, all in the same way."""

    instances: Annotated[list[VertexInstance], msgspec.Meta(min_length=1)]
    parameters: VertexParameters | None = None


class VertexGeminiConfig(msgspec.Struct, rename="camel"):
    """How it is embedded."""

    task_type: str | None = None
    output_dimensionality: Dimensions | None = None
    auto_truncate: bool | None = None


class VertexGeminiRequest(msgspec.Struct, rename="camel"):
    """Request for one embedding of a Gemini model."""

    content: GeminiContent
    embed_content_config: VertexGeminiConfig | None = None


class VertexEmbeddings(msgspec.Struct):
    """Response from a request for embeddings."""

    predictions: list[Any]


class GoogleFault(msgspec.Struct):
    """What is wrong: the HTTP status, Google's word for it, and our own code as `reason` of the details."""

    code: int
    message: str
    status: str
    details: list[Any]


class GoogleError(msgspec.Struct):
    """An error of Google's routes."""

    error: GoogleFault


class BedrockRequest(msgspec.Struct, rename={"input_text": "inputText", "input_image": "inputImage"}):
    """Request for embeddings, in Titan's words (`inputText`, `inputImage`) or in Cohere's (`texts`, …)."""

    input_text: Text | None = None
    input_image: Image | None = None
    images: list[Image] | None = None
    inputs: list[Content] | None = None
    texts: list[Text] | None = None
    dimensions: Dimensions | None = None
    input_type: str | None = None
    output_dimension: Dimensions | None = None


class BedrockEmbeddings(msgspec.Struct):
    """Response in the words of the request."""

    embedding: list[float] | None = None
    embeddings: Any = None


class SageMakerRequest(msgspec.Struct):
    """Request for embeddings."""

    inputs: Text | Annotated[list[Text], msgspec.Meta(min_length=1)]


class WatsonxRequest(msgspec.Struct):
    """Request for embeddings."""

    inputs: Annotated[list[Text], msgspec.Meta(min_length=1)]
    model_id: Text
    project_id: Annotated[str, msgspec.Meta(description="Accepted and not used.")] | None = None
    space_id: Annotated[str, msgspec.Meta(description="Accepted and not used.")] | None = None


class WatsonxEmbeddings(msgspec.Struct):
    """Response from a request for embeddings."""

    model_id: str
    results: list[Any]
    input_token_count: int | None


class WatsonxFault(msgspec.Struct):
    """What is wrong."""

    code: str
    message: str
    param: str | None


class WatsonxError(msgspec.Struct):
    """An error of IBM's route."""

    errors: list[WatsonxFault]
    status_code: int


class CloudflareRequest(msgspec.Struct):
    """Request for embeddings."""

    text: Text | Annotated[list[Text], msgspec.Meta(min_length=1)]


class CloudflareEmbeddings(msgspec.Struct):
    """Response from a request for embeddings."""

    result: Any
    success: bool
    errors: list[Any]


class CloudflareFault(msgspec.Struct):
    """What is wrong: Cloudflare's number, and our own code as its type."""

    code: int
    message: str
    type: str
    param: str | None


class CloudflareError(msgspec.Struct):
    """An error of Cloudflare's route."""

    errors: list[CloudflareFault]
    success: bool
