"""DIALECTS and ROUTES: which path speaks which wire, and what lies behind it. A new route is a row."""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qs

from onevec.errors import InvalidRequestError
from onevec.server import cloud_schemas as clouds
from onevec.server import schemas
from onevec.types import Modality
from onevec.wires import WIRES, Wire
from onevec.wires.gemini import GEMINI_ONE as ONE_OF_GEMINI
from onevec.wires.vertexai_multimodal import VERTEXAI_EITHER as EITHER_OF_VERTEX

Kind: TypeAlias = Literal[
    "embeddings", "info", "models", "model", "live", "ready", "metrics", "openapi", "docs", "unknown"
]
"""What lies behind a route: a row of :data:`onevec.server.app.HANDLERS`."""


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


@dataclass(frozen=True, slots=True)
class Route:
    """One path. `{name}` in it is a variable part; `auth` says whether a caller has to show who he is."""

    method: Literal["GET", "POST"]
    path: str
    dialect: Dialect
    kind: Kind
    auth: bool = True


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
    "mistral", "Mistral", WIRES["mistral"], _any_query, error=schemas.MessageError, dropped=frozenset({"metadata"})
)
VOYAGE = Dialect("voyage", "Voyage", WIRES["voyage"], _any_query, error=schemas.DetailError, hints=True)
VOYAGE_MULTIMODAL = replace(
    VOYAGE,
    name="voyage_multimodal",
    title="Voyage, images",
    wire=WIRES["voyage_multimodal"],
    request=schemas.VoyageMultimodalRequest,
    success=schemas.VoyageMultimodalEmbeddings,
    inputs="inputs",
)
JINA = Dialect(
    "jina", "Jina", WIRES["jina"], _any_query, request=schemas.JinaRequest, error=schemas.DetailError, hints=True
)
NVIDIA = Dialect(
    "nvidia",
    "NVIDIA",
    WIRES["nvidia"],
    _any_query,
    request=schemas.NvidiaRequest,
    error=schemas.MessageError,
    hints=True,
)
COHERE = Dialect(
    "cohere",
    "Cohere",
    WIRES["cohere"],
    _any_query,
    request=schemas.CohereRequest,
    success=schemas.CohereEmbeddings,
    error=schemas.MessageError,
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
    request=schemas.OllamaRequest,
    success=schemas.OllamaEmbeddings,
    error=schemas.TextError,
    dropped=frozenset({"keep_alive", "options"}),
)
OLLAMA_OLD = replace(
    OLLAMA,
    name="ollama_old",
    title="Ollama, the old route",
    wire=WIRES["ollama_old"],
    request=schemas.OldOllamaRequest,
    success=schemas.OldOllamaEmbedding,
    inputs="prompt",
)
TEI = Dialect(
    "tei",
    "Text Embeddings Inference",
    WIRES["tei"],
    _any_query,
    one_model=True,
    request=schemas.TeiRequest,
    success=schemas.Rows,
    error=schemas.TextError,
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
    error=schemas.MessageError,
)
SAGEMAKER = Dialect(
    "sagemaker",
    "Amazon SageMaker",
    WIRES["sagemaker"],
    _any_query,
    request=clouds.SageMakerRequest,
    success=schemas.Rows,
    error=schemas.MessageError,
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

VERTEX = "projects/{project}/locations/{location}/publishers/google/models/{name:path}"

ROUTES: tuple[Route, ...] = (
    Route("POST", "/embeddings", AZURE, "embeddings"),
    Route("POST", "/models/embeddings", AZURE, "embeddings"),
    Route("POST", "/images/embeddings", AZURE_IMAGES, "embeddings"),
    Route("POST", "/models/images/embeddings", AZURE_IMAGES, "embeddings"),
    Route("GET", "/info", AZURE, "info"),
    Route("GET", "/models/info", AZURE, "info"),
    Route("POST", "/v1/embeddings", OPENAI, "embeddings"),
    Route("POST", "/openai/v1/embeddings", OPENAI, "embeddings"),
    Route("POST", "/openai/deployments/{name}/embeddings", OPENAI, "embeddings"),
    Route("POST", "/mistral/v1/embeddings", MISTRAL, "embeddings"),
    Route("POST", "/voyage/v1/embeddings", VOYAGE, "embeddings"),
    Route("POST", "/v1/multimodalembeddings", VOYAGE_MULTIMODAL, "embeddings"),
    Route("POST", "/voyage/v1/multimodalembeddings", VOYAGE_MULTIMODAL, "embeddings"),
    Route("POST", "/jina/v1/embeddings", JINA, "embeddings"),
    Route("POST", "/nvidia/v1/embeddings", NVIDIA, "embeddings"),
    Route("POST", "/v2/embed", COHERE, "embeddings"),
    Route("POST", "/v1/embed", COHERE_V1, "embeddings"),
    Route("POST", "/api/embed", OLLAMA, "embeddings"),
    Route("POST", "/api/embeddings", OLLAMA_OLD, "embeddings"),
    Route("POST", "/embed", TEI, "embeddings"),
    Route("POST", "/hf-inference/models/{name:path}/pipeline/feature-extraction", HUGGINGFACE, "embeddings"),
    # Before the route of one model, whose name could be anything.
    Route("POST", "/v1/models/{name:path}:batchEmbedContents", GEMINI, "embeddings"),
    Route("POST", "/v1beta/models/{name:path}:batchEmbedContents", GEMINI, "embeddings"),
    Route("POST", "/v1/models/{name:path}:embedContent", GEMINI_ONE, "embeddings"),
    Route("POST", "/v1beta/models/{name:path}:embedContent", GEMINI_ONE, "embeddings"),
    Route("POST", f"/v1/{VERTEX}:predict", VERTEXAI, "embeddings"),
    Route("POST", f"/v1beta1/{VERTEX}:predict", VERTEXAI, "embeddings"),
    Route("POST", f"/v1/{VERTEX}:embedContent", VERTEXAI_GEMINI, "embeddings"),
    Route("POST", f"/v1beta1/{VERTEX}:embedContent", VERTEXAI_GEMINI, "embeddings"),
    Route("POST", "/model/{name:path}/invoke", BEDROCK, "embeddings"),
    Route("POST", "/endpoints/{name}/invocations", SAGEMAKER, "embeddings"),
    Route("POST", "/ml/v1/text/embeddings", WATSONX, "embeddings"),
    Route("POST", "/client/v4/accounts/{account}/ai/run/{name:path}", CLOUDFLARE, "embeddings"),
    Route("GET", "/v1/models", OPENAI, "models"),
    Route("GET", "/openai/v1/models", OPENAI, "models"),
    Route("GET", "/openai/models", OPENAI, "models"),
    Route("GET", "/v1/models/{name:path}", OPENAI, "model"),
    Route("GET", "/openai/v1/models/{name:path}", OPENAI, "model"),
    Route("GET", "/openai/models/{name:path}", OPENAI, "model"),
    Route("GET", "/health/live", PLAIN, "live", auth=False),
    Route("GET", "/health/ready", PLAIN, "ready", auth=False),
    Route("GET", "/metrics", PLAIN, "metrics"),
    Route("GET", "/openapi.json", PLAIN, "openapi", auth=False),
    Route("GET", "/docs", PLAIN, "docs", auth=False),
)


def unknown(*, openai: bool) -> Route:
    """What answers a path that is in no row."""
    return Route("GET", "unknown", OPENAI if openai else PLAIN, "unknown", auth=False)
