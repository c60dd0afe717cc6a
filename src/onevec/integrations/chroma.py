"""Chroma: `OnevecEmbeddingFunction`, which a collection keeps with the space of its vectors. Needs the extra `chroma`.

A collection is opened again without naming the function: Chroma makes it of what the collection keeps, and a model
that is in another space by now is refused. Chroma does not compare a function that is handed to it with the kept one;
:meth:`OnevecEmbeddingFunction.checked` does.
"""

from typing import TYPE_CHECKING, Any, TypeVar, Unpack, cast

from onevec.errors import ConfigurationError
from onevec.images import ImageInput
from onevec.integrations.model import BUNDLED, Arguments, Model, missing
from onevec.spaces import VectorSpace
from onevec.types import InputType

try:
    from chromadb.api.types import Embeddable, EmbeddingFunction, Embeddings
    from chromadb.utils.embedding_functions import register_embedding_function
except ImportError as exc:
    raise missing("chromadb", "chroma") from exc

if TYPE_CHECKING:
    import numpy as np
    from chromadb.api.types import Space
    from numpy.typing import NDArray

Collection = TypeVar("Collection")

NAME = "onevec"
"""What a collection calls the function by."""


@register_embedding_function
class OnevecEmbeddingFunction(EmbeddingFunction[Embeddable]):
    """Embeds documents as documents and queries as queries, where the model tells them apart; images as arrays.

    Args:
        model: ``provider:model``; the bundled model unless told.
        **arguments: See :class:`~onevec.integrations.model.Arguments`. A collection keeps neither the key nor what of
            `client_args` may hold a secret; opened again, it reads the provider's environment variable.

    Raises:
        InvalidRequestError, ConfigurationError: an argument is wrong.
        OnevecError: the space is not known beforehand, and the model does not answer.
    """

    def __init__(self, model: str = BUNDLED, **arguments: Unpack[Arguments]) -> None:
        self._model = Model(model, **arguments)
        # Chroma writes the space down, and takes an error in doing so for a function that cannot be kept.
        self.space: VectorSpace = self._model.space

    def __call__(self, input: Embeddable) -> Embeddings:  # noqa: A002 - Chroma's word
        """A vector for each document.

        Raises:
            VectorSpaceError: the model is in another space than the collection's vectors.
            OnevecError: as :func:`onevec.embedding`.
        """
        return list(self._model.vectors(_inputs(input), _purpose(input, InputType.DOCUMENT)))

    def embed_query(self, input: Embeddable) -> Embeddings:  # noqa: A002 - Chroma's word
        """A vector for each query. Raises as :meth:`__call__`."""
        return list(self._model.vectors(_inputs(input), _purpose(input, InputType.QUERY)))

    def checked(self, collection: Collection) -> Collection:
        """The collection, which keeps vectors of this function's space.

        Raises:
            VectorSpaceError: it keeps vectors of another.
            ConfigurationError: it was not made with this class, so that nobody knows their space.
        """
        told: dict[str, Any] = getattr(collection, "configuration_json", {})
        kept = told.get("embedding_function") or {}
        if kept.get("name") != NAME:
            raise ConfigurationError(
                f"the collection was made with another embedding function ({kept.get('name', 'unknown')}): the space "
                "of its vectors is not known; make one with OnevecEmbeddingFunction",
                param="collection",
            )
        self.space.check(VectorSpace.parse(kept["config"]["expect_space"]))
        return collection

    @staticmethod
    def name() -> str:
        """What a collection calls it by."""
        return NAME

    def default_space(self) -> "Space":
        """Cosine: Chroma's own default, the squared distance, says little of vectors whose lengths differ."""
        return "cosine"

    def get_config(self) -> dict[str, Any]:
        """What a collection keeps: the model, its settings and its space; no secrets."""
        return self._model.settings()

    @staticmethod
    def build_from_config(config: dict[str, Any]) -> "OnevecEmbeddingFunction":
        """The function of what a collection kept. Nothing is asked of the model yet."""
        return OnevecEmbeddingFunction(**config)

    def validate_config_update(self, old_config: dict[str, Any], new_config: dict[str, Any]) -> None:
        """Refuse a function of another space for a collection that is there.

        Raises:
            VectorSpaceError: it is.
        """
        VectorSpace.parse(new_config["expect_space"]).check(VectorSpace.parse(old_config["expect_space"]))


def _inputs(given: Embeddable) -> list[str | ImageInput]:
    """Documents as they are, and images, which Chroma holds as arrays."""
    return [one if isinstance(one, str) else ImageInput(cast("NDArray[np.uint8]", one)) for one in given]


def _purpose(given: Embeddable, purpose: InputType) -> InputType | None:
    return purpose if all(isinstance(one, str) for one in given) else None
