"""LanceDB: the row `onevec` of its registry; tables keep the space of their vectors. Needs the extra `lance`.

A table keeps the function, its settings and the space of its vectors. Opened again, it embeds what is added and what is
looked for; a model that is in another space by now is refused.
"""

from typing import Any

from onevec.integrations.model import BUNDLED, Model, missing
from onevec.spaces import VectorSpace
from onevec.types import InputType

try:
    from lancedb.embeddings import TextEmbeddingFunction, register
    from pydantic import ConfigDict, Field, PrivateAttr
except ImportError as exc:
    raise missing("lancedb", "lance") from exc


@register("onevec")
class OnevecFunction(TextEmbeddingFunction):
    """Embeds documents as documents and queries as queries, where the model tells them apart.

    ``get_registry().get("onevec").create(model=…)`` makes one, once this module is imported. The fields are those of
    :class:`~onevec.integrations.model.Arguments`; the key may only be a variable (``$var:NAME``), or is the provider's
    environment variable. Neither it nor what of `client_args` may hold a secret is in the table.

    Raises:
        InvalidRequestError, ConfigurationError: a field is wrong.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, protected_namespaces=())

    model: str = BUNDLED
    provider: str | None = None
    api_key: str | None = Field(default=None, repr=False)
    api_base: str | None = None
    client_args: dict[str, Any] | None = Field(default=None, repr=False)
    dimensions: int | None = None
    overflow: str = "error"
    expect_space: str | VectorSpace | None = None

    _model: Model = PrivateAttr()

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        self._model = Model.of(self.model, self)

    @property
    def space(self) -> VectorSpace:
        """What the vectors may be compared with; one word is embedded where only an answer can tell it."""
        return self._model.space

    @staticmethod
    def sensitive_keys() -> list[str]:
        """What may not be written in a program as it is."""
        return ["api_key"]

    def ndims(self) -> int:
        """Length of a vector."""
        return self.space.dimensions

    def safe_model_dump(self) -> dict[str, Any]:
        """What a table keeps: the settings, the space, and the key's variable; no secrets."""
        key = getattr(self, "_original_args", {}).get("api_key")  # a variable: LanceDB refuses everything else
        return self._model.settings() | ({"api_key": key} if key else {})

    def __repr_args__(self) -> Any:
        return {**dict(super().__repr_args__()), **self._model.keyless()}.items()

    def compute_query_embeddings(self, query: Any, *_args: Any, **_kwargs: Any) -> list[Any]:
        """The vector of what is looked for, in a list.

        Raises:
            VectorSpaceError: the model is in another space than the table's vectors.
            OnevecError: as :func:`onevec.embedding`.
        """
        return self._embedded(query, InputType.QUERY)

    def compute_source_embeddings(self, texts: Any, *_args: Any, **_kwargs: Any) -> list[Any]:
        """A vector for each text, and None for each null. Raises as :meth:`compute_query_embeddings`."""
        return self._embedded(texts, InputType.DOCUMENT)

    # LanceDB's own try again whatever the error is, and hide it in another; onevec has tried again where that helps.
    compute_query_embeddings_with_retry = compute_query_embeddings
    compute_source_embeddings_with_retry = compute_source_embeddings

    def generate_embeddings(self, texts: Any, *_args: Any, **_kwargs: Any) -> list[Any]:
        """The same as :meth:`compute_source_embeddings`, under the name that LanceDB's class asks for."""
        return self._embedded(texts, InputType.DOCUMENT)

    def _embedded(self, given: Any, purpose: InputType) -> list[Any]:
        texts = list(self.sanitize_input(given))
        vectors = iter(self._model.vectors([text for text in texts if text is not None], purpose))
        return [None if text is None else next(vectors) for text in texts]
