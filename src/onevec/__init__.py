"""One embeddings API for text and images: every provider, your own machine, any client.

The names below load at their first use, so that ``import onevec`` itself costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from onevec.client import AsyncClient, Client, aembedding, embedding
    from onevec.errors import OnevecError
    from onevec.images import ImageInput
    from onevec.providers import ProviderMetadata
    from onevec.responses import Embedding, EmbeddingResponse
    from onevec.spaces import VectorSpace
    from onevec.types import Encoding, InputType, Overflow, Usage

__version__ = "0.1.0"

__all__ = [
    "AsyncClient",
    "Client",
    "Embedding",
    "EmbeddingResponse",
    "Encoding",
    "ImageInput",
    "InputType",
    "OnevecError",
    "Overflow",
    "ProviderMetadata",
    "Usage",
    "VectorSpace",
    "aembedding",
    "embedding",
]

_HOMES = {
    "onevec.client": ("AsyncClient", "Client", "aembedding", "embedding"),
    "onevec.errors": ("OnevecError",),
    "onevec.images": ("ImageInput",),
    "onevec.providers": ("ProviderMetadata",),
    "onevec.responses": ("Embedding", "EmbeddingResponse"),
    "onevec.spaces": ("VectorSpace",),
    "onevec.types": ("Encoding", "InputType", "Overflow", "Usage"),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'onevec' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
