"""MODELS: a row per well-known model of a provider. A model that is in no row works as well; less is known of it.

Facts are from the page named in `source`; prices in US dollars are list prices of the day in :data:`PRICED`, as the
vendors publish them and litellm 1.106.2's price list repeats them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from onevec.errors import UnsupportedParameterError
from onevec.providers.metadata import IMAGES, PAIRS, TEXTS
from onevec.spaces import VectorSpace
from onevec.types import Modality

PRICED = date(2026, 11, 20)
"""The day on which the prices were read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What is known of a model; None where it is not.

    Attributes:
        provider: Whose row of PROVIDERS serves it.
        name: Its name there.
        source: The page that says so.
        dimensions: Length of its vectors without a word to the contrary.
        max_tokens: Tokens of one text.
        sizes: The lengths that `dimensions` may ask for.
        shortest: Every length from this one to the longest may be asked for.
        longest: The longest one, where it is not `dimensions`.
        normalized: Whether vectors have length one.
        normalized_short: The same of shorter ones, where it differs.
        input_types: Whether a query and a document are embedded differently.
        price: US dollars for a million tokens.
        max_items: Inputs in one request, where it differs from the provider's.
        space: Whose vectors these are, where another provider is documented to serve the same model.
        modalities: What its inputs may be, all in one space.
        max_images: Images in one request, where it differs from the provider's.
        wire: The dialect of all its requests, where it is not the provider's.
    """

    provider: str
    name: str
    source: str
    dimensions: int
    max_tokens: int | None = None
    sizes: tuple[int, ...] = ()
    shortest: int | None = None
    longest: int | None = None
    normalized: bool | None = None
    normalized_short: bool | None = None
    input_types: bool = False
    price: float | None = None
    max_items: int | None = None
    space: str | None = None
    modalities: frozenset[Modality] = TEXTS
    max_images: int | None = None
    wire: str | None = None

    def check(self, dimensions: int | None) -> None:
        """Refuse a length that the model does not have, before anybody is called.

        Raises:
            UnsupportedParameterError: it has none, or not that one; names those that it has.
        """
        if dimensions in (None, self.dimensions) or dimensions in self.sizes:
            return
        longest = self.longest or self.dimensions
        if self.shortest is not None and dimensions is not None and self.shortest <= dimensions <= longest:
            return
        raise UnsupportedParameterError(
            f"{self.name} has no vectors of {dimensions} dimensions: leave dimensions out, or ask for {self.lengths}",
            provider=self.provider,
            param="dimensions",
            value=str(dimensions),
        )

    @property
    def lengths(self) -> str:
        """The lengths that may be asked for, in words."""
        if self.shortest is not None:
            return f"{self.shortest} to {self.longest or self.dimensions}"
        return ", ".join(str(size) for size in sorted({*self.sizes, self.dimensions}))

    def vector_space(self, dimensions: int | None = None) -> VectorSpace:
        """The space of its vectors of this length, of full ones by default."""
        full = dimensions in (None, self.dimensions)
        return VectorSpace(
            self.space or f"{self.provider}:{self.name}",
            self.dimensions if dimensions is None else dimensions,
            normalized=self.normalized if full else self.normalized_short,
        )


OPENAI = "https://platform.openai.com/docs/guides/embeddings"
GOOGLE = "https://ai.google.dev/gemini-api/docs/embeddings"
VERTEX = "https://cloud.google.com/vertex-ai/generative-ai/docs/embeddings/get-text-embeddings"
VERTEX_MULTIMODAL = "https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/multimodal-embeddings-api"
TITAN = "https://docs.aws.amazon.com/bedrock/latest/userguide/titan-embedding-models.html"
BEDROCK_COHERE = "https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html"
COHERE = "https://docs.cohere.com/docs/cohere-embed"
VOYAGE = "https://docs.voyageai.com/docs/embeddings"
VOYAGE_MULTIMODAL = "https://docs.voyageai.com/docs/multimodal-embeddings"
MISTRAL = "https://docs.mistral.ai/capabilities/embeddings/"
JINA = "https://jina.ai/embeddings/"
WORKERS = "https://developers.cloudflare.com/workers-ai/models/"
WATSONX = "https://www.ibm.com/docs/en/watsonx/saas?topic=solutions-supported-encoder-models"

V3 = "openai:text-embedding-3-{size}"


def _openai(provider: str, name: str, size: str, price: float | None, dimensions: int) -> Model:
    """OpenAI's third generation, which resellers serve under a name of their own."""
    return Model(
        provider=provider, name=name, source=OPENAI, dimensions=dimensions, max_tokens=8192, shortest=1,
        normalized=True, normalized_short=True, price=price, space=V3.format(size=size),
    )  # fmt: skip


def _voyage(name: str, price: float, max_tokens: int = 32_000) -> Model:
    return Model(
        provider="voyage", name=name, source=VOYAGE, dimensions=1024, max_tokens=max_tokens,
        sizes=(256, 512, 1024, 2048), normalized=True, normalized_short=True, input_types=True, price=price,
    )  # fmt: skip


def _cohere(provider: str, name: str, dimensions: int, source: str, sizes: tuple[int, ...] = ()) -> Model:
    """Cohere's models, at home and at Amazon's."""
    return Model(
        provider=provider, name=name, source=source, dimensions=dimensions, max_tokens=128_000 if sizes else 512,
        sizes=sizes, input_types=True, price=0.12 if sizes else 0.1, max_items=96,
        space=f"cohere:{_at_cohere(name)}", modalities=PAIRS if sizes else IMAGES, max_images=96 if sizes else 1,
    )  # fmt: skip


def _at_cohere(name: str) -> str:
    """Cohere's own name of a model at Amazon's.

    >>> _at_cohere("cohere.embed-v4:0"), _at_cohere("cohere.embed-english-v3"), _at_cohere("embed-v4.0")
    ('embed-v4.0', 'embed-english-v3.0', 'embed-v4.0')
    """
    name = name.removeprefix("cohere.").removesuffix(":0")
    return name if name.endswith(".0") else f"{name}.0"


def _bge(provider: str, name: str, dimensions: int, max_tokens: int = 512, price: float | None = None) -> Model:
    return Model(
        provider=provider, name=name, source=WORKERS if provider == "cloudflare" else "https://huggingface.co/BAAI",
        dimensions=dimensions, max_tokens=max_tokens, price=price,
    )  # fmt: skip


V4_SIZES = (256, 512, 1024, 1536)

ALL: tuple[Model, ...] = (
    _openai("openai", "text-embedding-3-small", "small", 0.02, 1536),
    _openai("openai", "text-embedding-3-large", "large", 0.13, 3072),
    Model(provider="openai", name="text-embedding-ada-002", source=OPENAI, dimensions=1536, max_tokens=8192,
          normalized=True, price=0.1),
    _openai("github", "openai/text-embedding-3-small", "small", None, 1536),
    _openai("github", "openai/text-embedding-3-large", "large", None, 3072),
    _openai("openrouter", "openai/text-embedding-3-small", "small", 0.02, 1536),
    _openai("openrouter", "openai/text-embedding-3-large", "large", 0.13, 3072),
    Model(provider="gemini", name="gemini-embedding-001", source=GOOGLE, dimensions=3072, max_tokens=2048,
          shortest=128, normalized=True, normalized_short=False, input_types=True, price=0.15,
          space="google:gemini-embedding-001"),
    Model(provider="gemini", name="gemini-embedding-2", source=GOOGLE, dimensions=3072, max_tokens=8192,
          shortest=128, input_types=True, price=0.2, modalities=PAIRS, space="google:gemini-embedding-2"),
    # Sent to :embedContent, as google-genai 3.4 sends every Gemini model's; one input a request.
    Model(provider="vertexai", name="gemini-embedding-001", source=VERTEX, dimensions=3072, max_tokens=2048,
          shortest=1, normalized=True, normalized_short=False, input_types=True, price=0.15, max_items=1,
          space="google:gemini-embedding-001", wire="vertexai_gemini"),
    Model(provider="vertexai", name="gemini-embedding-2", source=VERTEX_MULTIMODAL, dimensions=3072, max_tokens=8192,
          shortest=128, input_types=True, price=0.2, max_items=1, modalities=PAIRS, wire="vertexai_gemini",
          space="google:gemini-embedding-2"),
    Model(provider="vertexai", name="multimodalembedding@001", source=VERTEX_MULTIMODAL, dimensions=1408,
          max_tokens=32, sizes=(128, 256, 512, 1408), max_items=1, modalities=IMAGES, wire="vertexai_multimodal"),
    Model(provider="vertexai", name="text-embedding-005", source=VERTEX, dimensions=768, max_tokens=2048, shortest=1,
          input_types=True, price=0.1),
    Model(provider="vertexai", name="text-multilingual-embedding-002", source=VERTEX, dimensions=768, max_tokens=2048,
          shortest=1, input_types=True, price=0.1),
    Model(provider="bedrock", name="amazon.titan-embed-text-v2:0", source=TITAN, dimensions=1024, max_tokens=8192,
          sizes=(256, 512, 1024), normalized=True, normalized_short=True, price=0.02),
    Model(provider="bedrock", name="amazon.titan-embed-text-v1", source=TITAN, dimensions=1536, max_tokens=8192,
          price=0.1),
    Model(provider="bedrock", name="amazon.titan-embed-image-v1", source=TITAN, dimensions=1024, max_tokens=256,
          sizes=(256, 384, 1024), price=0.8, modalities=PAIRS),
    _cohere("bedrock", "cohere.embed-english-v3", 1024, BEDROCK_COHERE),
    _cohere("bedrock", "cohere.embed-multilingual-v3", 1024, BEDROCK_COHERE),
    _cohere("bedrock", "cohere.embed-v4:0", 1536, BEDROCK_COHERE, V4_SIZES),
    _cohere("cohere", "embed-v4.0", 1536, COHERE, V4_SIZES),
    _cohere("cohere", "embed-english-v3.0", 1024, COHERE),
    _cohere("cohere", "embed-english-light-v3.0", 384, COHERE),
    _cohere("cohere", "embed-multilingual-v3.0", 1024, COHERE),
    _cohere("cohere", "embed-multilingual-light-v3.0", 384, COHERE),
    _voyage("voyage-4-large", 0.12),
    _voyage("voyage-4", 0.06),
    _voyage("voyage-4-lite", 0.02),
    _voyage("voyage-3-large", 0.18),
    _voyage("voyage-3.5", 0.06),
    _voyage("voyage-3.5-lite", 0.02),
    _voyage("voyage-code-3", 0.18),
    Model(provider="voyage", name="voyage-multimodal-3.5", source=VOYAGE_MULTIMODAL, dimensions=1024,
          max_tokens=32_000, sizes=(256, 512, 1024, 2048), input_types=True, modalities=PAIRS,
          wire="voyage_multimodal"),
    Model(provider="voyage", name="voyage-multimodal-3", source=VOYAGE_MULTIMODAL, dimensions=1024,
          max_tokens=32_000, input_types=True, modalities=PAIRS, wire="voyage_multimodal"),
    Model(provider="mistral", name="mistral-embed", source=MISTRAL, dimensions=1024, max_tokens=8192, normalized=True,
          price=0.1),
    Model(provider="mistral", name="codestral-embed", source=MISTRAL, dimensions=1536, max_tokens=8192, shortest=1,
          longest=3072, price=0.15),
    Model(provider="jina", name="jina-embeddings-v3", source=JINA, dimensions=1024, max_tokens=8192, shortest=1,
          normalized=True, normalized_short=True, input_types=True),
    Model(provider="jina", name="jina-embeddings-v4", source=JINA, dimensions=2048, max_tokens=32_768, shortest=1,
          normalized=True, normalized_short=True, input_types=True, modalities=IMAGES),
    Model(provider="jina", name="jina-clip-v2", source=JINA, dimensions=1024, max_tokens=8192, shortest=64,
          modalities=IMAGES),
    _bge("cloudflare", "@cf/baai/bge-small-en-v1.5", 384),
    _bge("cloudflare", "@cf/baai/bge-base-en-v1.5", 768),
    _bge("cloudflare", "@cf/baai/bge-large-en-v1.5", 1024),
    _bge("cloudflare", "@cf/baai/bge-m3", 1024, 8192),
    _bge("together", "BAAI/bge-base-en-v1.5", 768, price=0.008),
    Model(provider="watsonx", name="ibm/slate-125m-english-rtrvr-v2", source=WATSONX, dimensions=768, max_tokens=512),
    Model(provider="watsonx", name="ibm/slate-30m-english-rtrvr-v2", source=WATSONX, dimensions=384, max_tokens=512),
    Model(provider="watsonx", name="ibm/granite-embedding-278m-multilingual", source=WATSONX, dimensions=768,
          max_tokens=512),
)  # fmt: skip

MODELS: Mapping[tuple[str, str], Model] = MappingProxyType({(row.provider, row.name): row for row in ALL})

REGIONS = ("us", "eu", "apac", "global", "jp", "au", "us-gov", "ca")
"""What stands before a model's id at Amazon's when an inference profile of that region is asked."""


def known_model(provider: str, name: str) -> Model | None:
    """The row of a model under any of its spellings.

    >>> known_model("bedrock", "eu.cohere.embed-v4:0").name
    'cohere.embed-v4:0'
    >>> known_model("gemini", "models/gemini-embedding-001").dimensions
    3072
    """
    return next((MODELS[provider, one] for one in _spellings(name) if (provider, one) in MODELS), None)


def _spellings(name: str) -> Iterable[str]:
    region, _, rest = name.partition(".")
    return (name, name.removeprefix("models/"), rest if region in REGIONS else name)


def estimated_cost(provider: str, name: str, tokens: int | None) -> float | None:
    """US dollars for so many tokens at the list price of :data:`PRICED`; None where either is not known.

    >>> estimated_cost("openai", "text-embedding-3-small", 500_000)
    0.01
    """
    row = known_model(provider, name)
    return None if row is None or row.price is None or tokens is None else row.price * tokens / 1e6
