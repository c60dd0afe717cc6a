"""LangChain: `OnevecEmbeddings`, for every vector store and retriever of it. Needs the extra `langchain`."""

from onevec.integrations.model import Embedding, missing
from onevec.types import InputType

try:
    from langchain_core.embeddings import Embeddings
except ImportError as exc:
    raise missing("langchain-core", "langchain") from exc


class OnevecEmbeddings(Embedding, Embeddings):
    """Embeds documents as documents and queries as queries, where the model tells them apart.

    Args:
        model: ``provider:model``; the bundled model unless told.
        **arguments: See :class:`~onevec.integrations.model.Arguments`.

    Raises:
        InvalidRequestError, ConfigurationError: an argument is wrong.
    """

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """A vector for each text, in order.

        Raises:
            OnevecError: as :func:`onevec.embedding`.
        """
        return self._model.lists(texts, InputType.DOCUMENT)

    def embed_query(self, text: str) -> list[float]:
        """The vector of what is looked for. Raises as :meth:`embed_documents`."""
        return self._model.lists([text], InputType.QUERY)[0]

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """The async twin of :meth:`embed_documents`."""
        return await self._model.alists(texts, InputType.DOCUMENT)

    async def aembed_query(self, text: str) -> list[float]:
        """The async twin of :meth:`embed_query`."""
        return (await self._model.alists([text], InputType.QUERY))[0]
