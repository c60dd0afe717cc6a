"""DIALECTS: a row for each way to talk to the server, each over a wire."""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs

from onevec.errors import InvalidRequestError
from onevec.server.describing import cloud_schemas as clouds
from onevec.server.describing import schemas
from onevec.server.describing import vendor_schemas as vendors
from onevec.types import Modality
from onevec.wires import WIRES, Wire
from onevec.wires.gemini import GEMINI_ONE as ONE_OF_GEMINI
from onevec.wires.vertexai_multimodal import VERTEXAI_EITHER as EITHER_OF_VERTEX


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way to talk to the server.

    Attributes:
        name: For logs and metrics.
        title: For people.
        wire: How bodies and errors are written.
        check_query: Refuses a query string that the dialect does not allow.
        one_model: Whether a server with one model serves it whatever model the client names.
        request: What a body holds, for the description of the API.
        success: What answers it.
        error: What says what is wrong.
        inputs: Its field for them.
        wanted: What its inputs always are; where nobody embeds that, no body is read.
        dropped: Fields that its clients send and that change no vector.
        hints: Whether an input type that the model does not tell apart is let be: its clients have to send one, or
            always do.
    """

    name: str
    title: str
    wire: Wire
    check_query: Callable[[bytes], None]
    one_model: bool = False
    request: Any = schemas.OpenAIRequest
    success: Any = schemas.EmbeddingList
    error: Any = schemas.OpenAIError
    inputs: str = "input"
    wanted: frozenset[Modality] = frozenset()
    dropped: frozenset[str] = frozenset({"user"})
    hints: bool = False


VERSION = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(-preview)?"
"""What an `api-version` looks like."""


@functools.lru_cache(maxsize=256)
def _version(query: bytes) -> str | None:
    """The one `api-version` of a query string; an empty text when there are several."""
    found = parse_qs(query[:2048].decode("latin-1"), keep_blank_values=True).get("api-version")
    return None if found is None else found[0] if len(found) == 1 else ""


def check_version(query: bytes) -> None:
    """Require a well-formed `api-version`; any version is answered alike.

    Raises:
        InvalidRequestError: missing, repeated, or not a date with or without ``-preview``.
    """
    version = _version(query)
    if version is None:
        raise InvalidRequestError(
            "the query parameter api-version is missing: add ?api-version=2024-05-01-preview",
            param="api-version",
            code="missing_api_version",
        )
    if not re.fullmatch(VERSION, version):
        raise InvalidRequestError(
            "the query parameter api-version must be a date, as 2024-05-01 or 2024-05-01-preview",
            param="api-version",
            code="invalid_api_version",
            value=version[:60],
        )


def _any_query(_query: bytes) -> None:
    """OpenAI's own routes have no query; Azure's OpenAI routes carry a version that changes nothing here."""


AZURE = Dialect(
    "azure",
    "Azure AI model inference",
    WIRES["azure"],
    check_version,
    one_model=True,
    request=schemas.AzureRequest,
    error=schemas.AzureError,
)
AZURE_IMAGES = replace(
    AZURE,
    name="azure_images",
    title="Azure AI model inference, images",
    wire=WIRES["azure_images"],
    wanted=frozenset({Modality.IMAGE}),
    request=schemas.AzureImagesRequest,
)
OPENAI = Dialect("openai", "OpenAI", WIRES["openai"], _any_query)
MISTRAL = Dialect(
    "mistral", "Mistral", WIRES["mistral"], _any_query, error=vendors.MessageError, dropped=frozenset({"metadata"})
)
VOYAGE = Dialect("voyage", "Voyage", WIRES["voyage"], _any_query, error=vendors.DetailError, hints=True)
VOYAGE_MULTIMODAL = replace(
    VOYAGE,
    name="voyage_multimodal",
    title="Voyage, images",
    wire=WIRES["voyage_multimodal"],
    request=vendors.VoyageMultimodalRequest,
    success=vendors.VoyageMultimodalEmbeddings,
    inputs="inputs",
)
JINA = Dialect(
    "jina", "Jina", WIRES["jina"], _any_query, request=vendors.JinaRequest, error=vendors.DetailError, hints=True
)
NVIDIA = Dialect(
    "nvidia",
    "NVIDIA",
    WIRES["nvidia"],
    _any_query,
    request=vendors.NvidiaRequest,
    error=vendors.MessageError,
    hints=True,
)
COHERE = Dialect(
    "cohere",
    "Cohere",
    WIRES["cohere"],
    _any_query,
    request=vendors.CohereRequest,
    success=vendors.CohereEmbeddings,
    error=vendors.MessageError,
    inputs="texts",
    dropped=frozenset({"priority"}),
    hints=True,
)
COHERE_V1 = replace(COHERE, name="cohere_v1", title="Cohere, version 1", wire=WIRES["cohere_v1"])
OLLAMA = Dialect(
    "ollama",
    "Ollama",
    WIRES["ollama"],
    _any_query,
    request=vendors.OllamaRequest,
    success=vendors.OllamaEmbeddings,
    error=vendors.TextError,
    dropped=frozenset({"keep_alive", "options"}),
)
OLLAMA_OLD = replace(
    OLLAMA,
    name="ollama_old",
    title="Ollama, the old route",
    wire=WIRES["ollama_old"],
    request=vendors.OldOllamaRequest,
    success=vendors.OldOllamaEmbedding,
    inputs="prompt",
)
TEI = Dialect(
    "tei",
    "Text Embeddings Inference",
    WIRES["tei"],
    _any_query,
    one_model=True,
    request=vendors.TeiRequest,
    success=vendors.Rows,
    error=vendors.TextError,
    inputs="inputs",
)
HUGGINGFACE = replace(TEI, name="huggingface", title="Hugging Face", wire=WIRES["huggingface"], one_model=False)
GEMINI = Dialect(
    "gemini",
    "Gemini",
    WIRES["gemini"],
    _any_query,
    request=clouds.GeminiBatch,
    success=clouds.GeminiEmbeddings,
    error=clouds.GoogleError,
)
GEMINI_ONE = replace(
    GEMINI,
    name="gemini_one",
    title="Gemini, one text",
    wire=ONE_OF_GEMINI,
    request=clouds.GeminiRequest,
    success=clouds.GeminiEmbedding,
)
VERTEXAI = Dialect(
    "vertexai",
    "Vertex AI",
    EITHER_OF_VERTEX,
    _any_query,
    request=clouds.VertexRequest,
    success=clouds.VertexEmbeddings,
    error=clouds.GoogleError,
)
VERTEXAI_GEMINI = replace(
    VERTEXAI,
    name="vertexai_gemini",
    title="Vertex AI, Gemini models",
    wire=WIRES["vertexai_gemini"],
    request=clouds.VertexGeminiRequest,
    success=clouds.GeminiEmbedding,
)
BEDROCK = Dialect(
    "bedrock",
    "Amazon Bedrock",
    WIRES["bedrock"],
    _any_query,
    request=clouds.BedrockRequest,
    success=clouds.BedrockEmbeddings,
    error=vendors.MessageError,
)
SAGEMAKER = Dialect(
    "sagemaker",
    "Amazon SageMaker",
    WIRES["sagemaker"],
    _any_query,
    request=clouds.SageMakerRequest,
    success=vendors.Rows,
    error=vendors.MessageError,
)
WATSONX = Dialect(
    "watsonx",
    "IBM watsonx",
    WIRES["watsonx"],
    _any_query,
    request=clouds.WatsonxRequest,
    success=clouds.WatsonxEmbeddings,
    error=clouds.WatsonxError,
)
CLOUDFLARE = Dialect(
    "cloudflare",
    "Cloudflare Workers AI",
    WIRES["cloudflare"],
    _any_query,
    request=clouds.CloudflareRequest,
    success=clouds.CloudflareEmbeddings,
    error=clouds.CloudflareError,
)
PLAIN = Dialect(
    "onevec", "The server itself", WIRES["azure"], _any_query, request=schemas.AzureRequest, error=schemas.AzureError
)
"""Our own pages; their errors are written as Azure's."""

DIALECTS = (
    AZURE,
    AZURE_IMAGES,
    OPENAI,
    MISTRAL,
    VOYAGE,
    VOYAGE_MULTIMODAL,
    JINA,
    NVIDIA,
    COHERE,
    COHERE_V1,
    OLLAMA,
    OLLAMA_OLD,
    TEI,
    HUGGINGFACE,
    GEMINI,
    GEMINI_ONE,
    VERTEXAI,
    VERTEXAI_GEMINI,
    BEDROCK,
    SAGEMAKER,
    WATSONX,
    CLOUDFLARE,
    PLAIN,
)
