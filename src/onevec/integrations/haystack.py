"""Haystack: components that embed a query and documents, and become YAML without a secret. Needs the extra `haystack`.

An answer's `meta` has ``model``, ``usage``, and ``space``: the id of the vector space, for `expect_space` elsewhere.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

from onevec.errors import ConfigurationError, InvalidRequestError
from onevec.integrations.model import BUNDLED, Model, missing, writable
from onevec.responses import EmbeddingResponse
from onevec.spaces import VectorSpace
from onevec.types import InputType

try:
    from haystack import Document, component, default_from_dict, default_to_dict
    from haystack.utils import Secret
except ImportError as exc:
    raise missing("haystack-ai", "haystack") from exc


class _Embedder:
    """What both components are told, and how it is written down."""

    def __init__(
        self,
        model: str = BUNDLED,
        *,
        provider: str | None = None,
        api_key: Secret | None = None,
        api_base: str | None = None,
        client_args: Mapping[str, Any] | None = None,
        dimensions: int | None = None,
        overflow: str = "error",
        expect_space: VectorSpace | str | None = None,
    ) -> None:
        if api_key is not None and not isinstance(api_key, Secret):
            raise ConfigurationError(
                "api_key must be a Secret of Haystack: Secret.from_env_var('NAME'), which YAML holds as that name, or "
                "Secret.from_token('…'), which no YAML can hold",
                param="api_key",
            )
        self._told: dict[str, Any] = {
            "model": model,
            "provider": provider,
            "api_key": api_key,
            "api_base": api_base,
            "client_args": dict(client_args or {}) or None,
            "dimensions": dimensions,
            "overflow": overflow,
            "expect_space": expect_space and str(expect_space),
        }
        keyless: dict[str, Any] = {**self._told, "api_key": None}
        self._model = Model(**keyless)

    @property
    def space(self) -> VectorSpace:
        """What the vectors may be compared with; one word is embedded where only an answer can tell it."""
        return self._keyed().space

    def to_dict(self) -> dict[str, Any]:
        """The component as Haystack writes it down, with the name of the key's variable and never the key.

        Raises:
            ConfigurationError: `client_args` or a URL holds what may be a secret, such as headers, or no JSON.
            ValueError: the key is a token.
        """
        client_args = self._told["client_args"] or {}
        plain = writable(client_args)
        if unwritten := client_args.keys() - plain:
            raise ConfigurationError(
                f"client_args[{min(unwritten)!r}] may hold a secret, or is no value that YAML has: a component with it "
                "cannot be written down; set it where the pipeline is loaded",
                param="client_args",
            )
        if keyed := [name for name, plain in self._model.keyless().items() if plain != self._told[name]]:
            raise ConfigurationError(
                f"{keyed[0]} is a URL whose query may hold a secret: a component with it cannot be written down; set "
                "it where the pipeline is loaded",
                param=keyed[0],
            )
        written: dict[str, Any] = default_to_dict(self, **{**self._told, "client_args": plain or None})
        return written

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """The component of what :meth:`to_dict` wrote."""
        made: Self = default_from_dict(cls, data)
        return made

    def _keyed(self) -> Model:
        """The model with its key, which is looked up when it is needed."""
        if self._told["api_key"] is not None:
            self._model.api_key = self._told["api_key"].resolve_value()
        return self._model


@component
class OnevecTextEmbedder(_Embedder):
    """Embeds a query, as a query where the model tells queries from documents.

    Args:
        model: ``provider:model``; the bundled model unless told.
        api_key: A `Secret`; without it the provider's environment variable is read.
        expect_space: The id of the space that the documents are in: ``meta["space"]`` of their embedder's answer.

    The further arguments are those of :class:`~onevec.integrations.model.Arguments`.

    Raises:
        InvalidRequestError, ConfigurationError: an argument is wrong.
    """

    @component.output_types(embedding=list[float], meta=dict[str, Any])
    def run(self, text: str) -> dict[str, Any]:
        """``embedding``, a list of floats, and ``meta``.

        Raises:
            VectorSpaceError: the model is in another space than `expect_space`.
            OnevecError: as :func:`onevec.embedding`.
        """
        return _query(self._keyed().embed(text, InputType.QUERY))

    @component.output_types(embedding=list[float], meta=dict[str, Any])
    async def run_async(self, text: str) -> dict[str, Any]:
        """The async twin of :meth:`run`."""
        return _query(await self._keyed().aembed(text, InputType.QUERY))


@component
class OnevecDocumentEmbedder(_Embedder):
    """Embeds documents, as documents where the model tells queries from documents.

    Args:
        model: ``provider:model``; the bundled model unless told.
        meta_fields_to_embed: Fields of a document's `meta` that go before its content.
        embedding_separator: What stands between them.
        **arguments: Those of :class:`OnevecTextEmbedder`.

    Raises:
        InvalidRequestError, ConfigurationError: an argument is wrong.
    """

    def __init__(
        self,
        model: str = BUNDLED,
        *,
        meta_fields_to_embed: list[str] | None = None,
        embedding_separator: str = "\n",
        **arguments: Any,
    ) -> None:
        _Embedder.__init__(self, model, **arguments)  # Haystack makes the class again, so that super() does not find it
        self._fields, self._separator = list(meta_fields_to_embed or ()), embedding_separator
        self._told |= {"meta_fields_to_embed": self._fields, "embedding_separator": embedding_separator}

    @component.output_types(documents=list[Document], meta=dict[str, Any])
    def run(self, documents: list[Document]) -> dict[str, Any]:
        """``documents``, copies with their embeddings, and ``meta``.

        Raises:
            InvalidRequestError: a document without text; the message gives its id.
            OnevecError: as :func:`onevec.embedding`.
        """
        texts = self._texts(documents)
        return _embedded(documents, self._keyed().embed(texts, InputType.DOCUMENT) if texts else None)

    @component.output_types(documents=list[Document], meta=dict[str, Any])
    async def run_async(self, documents: list[Document]) -> dict[str, Any]:
        """The async twin of :meth:`run`."""
        texts = self._texts(documents)
        return _embedded(documents, await self._keyed().aembed(texts, InputType.DOCUMENT) if texts else None)

    def _texts(self, documents: list[Document]) -> list[str]:
        return [self._text(one, at) for at, one in enumerate(documents)]

    def _text(self, document: Document, at: int) -> str:
        metas = [str(document.meta[name]) for name in self._fields if document.meta.get(name) is not None]
        text = self._separator.join([*metas, document.content or ""])
        if not text:
            raise InvalidRequestError(
                f"documents[{at}] has no text to embed (its id is {document.id}): leave it out, or give it content",
                loc=("documents", at),
            )
        return text


def _query(response: EmbeddingResponse) -> dict[str, Any]:
    return {"embedding": response.vectors[0].tolist(), "meta": _meta(response)}


def _embedded(documents: list[Document], response: EmbeddingResponse | None) -> dict[str, Any]:
    if response is None:
        return {"documents": [], "meta": {}}
    pairs = zip(documents, response.vectors.tolist(), strict=True)
    return {"documents": [replace(one, embedding=vector) for one, vector in pairs], "meta": _meta(response)}


def _meta(response: EmbeddingResponse) -> dict[str, Any]:
    usage = {"prompt_tokens": response.usage.prompt_tokens, "total_tokens": response.usage.total_tokens}
    return {"model": response.model, "usage": usage, "space": response.space.id}
