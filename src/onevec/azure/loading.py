"""Which client a model needs, by the `model_type` that `GET /info` answers."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

from azure.core.exceptions import ResourceNotFoundError

from onevec.azure.models import ImageEmbeddingInput, ModelInfo

TextInputs: TypeAlias = str | Sequence[str] | Sequence[int] | Sequence[Sequence[int]]
ImageInputs: TypeAlias = Sequence[ImageEmbeddingInput] | Sequence[Mapping[str, Any]]

TEXT = frozenset({"embedding", "text_embedding"})
IMAGE = frozenset({"image_embedding"})
CHAT = frozenset({"chat", "completion", "chat_completion"})
"""The words that services use, singular and with underscores."""


@contextmanager
def not_supported() -> Iterator[None]:
    """Says what to do at an endpoint that has no `/info`."""
    try:
        yield
    except ResourceNotFoundError as error:
        error.message = (
            "`load_client` function does not work on this endpoint (`/info` route not supported). "
            "Please construct one of the clients (e.g. `EmbeddingsClient`) directly."
        )
        raise


def class_for(info: ModelInfo, text: Any, image: Any) -> Any:
    """`text` or `image`, whichever the model needs.

    Raises:
        ValueError: neither, or the type is not said.
    """
    said = info.get("model_type")
    if not said:
        raise ValueError(
            "The AI model information is missing a value for `model type`. Cannot create an appropriate client."
        )
    word = str(said).lower().replace("-", "_").replace(" ", "_").removesuffix("s")
    found = text if word in TEXT else image if word in IMAGE else None
    if found is None:
        chat = " (onevec.azure has embeddings only: OpenAI's client talks to chat models)" if word in CHAT else ""
        raise ValueError(f"No client available to support AI model type `{info.model_type}`{chat}")
    return found
