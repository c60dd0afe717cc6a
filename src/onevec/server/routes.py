"""ROUTES: which path speaks which dialect, and what lies behind it. A new route is a row."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from onevec.server.dialects import (
    AZURE,
    AZURE_IMAGES,
    BEDROCK,
    CLOUDFLARE,
    COHERE,
    COHERE_V1,
    GEMINI,
    GEMINI_ONE,
    HUGGINGFACE,
    JINA,
    MISTRAL,
    NVIDIA,
    OLLAMA,
    OLLAMA_OLD,
    OPENAI,
    PLAIN,
    SAGEMAKER,
    TEI,
    VERTEXAI,
    VERTEXAI_GEMINI,
    VOYAGE,
    VOYAGE_MULTIMODAL,
    WATSONX,
    Dialect,
)

Kind: TypeAlias = Literal[
    "embeddings", "info", "models", "model", "live", "ready", "metrics", "openapi", "docs", "playground", "unknown"
]
"""What lies behind a route: a row of :data:`onevec.server.app.HANDLERS`."""


@dataclass(frozen=True, slots=True)
class Route:
    """One path. `{name}` in it is a variable part; `auth` says whether a caller has to show who he is."""

    method: Literal["GET", "POST"]
    path: str
    dialect: Dialect
    kind: Kind
    auth: bool = True


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
    Route("POST", "/invocations", TEI, "embeddings"),  # inside an endpoint of SageMaker, with /ping
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
    # Where load balancers of text-embeddings-inference and infinity look, and SageMaker.
    Route("GET", "/health", PLAIN, "ready", auth=False),
    Route("GET", "/ping", PLAIN, "ready", auth=False),
    Route("GET", "/metrics", PLAIN, "metrics"),
    Route("GET", "/openapi.json", PLAIN, "openapi", auth=False),
    Route("GET", "/docs", PLAIN, "docs", auth=False),
    Route("GET", "/", PLAIN, "playground", auth=False),
    Route("GET", "/playground/{file:path}", PLAIN, "playground", auth=False),
)


def unknown(*, openai: bool) -> Route:
    """What answers a path that is in no row."""
    return Route("GET", "unknown", OPENAI if openai else PLAIN, "unknown", auth=False)
