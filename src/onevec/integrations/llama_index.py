"""LlamaIndex: `OnevecEmbedding`, for texts and images. Needs the extra `llama-index`."""

from typing import Any

from onevec.images import ImageInput
from onevec.integrations.model import BUNDLED, Model, missing
from onevec.spaces import VectorSpace
from onevec.types import InputType

try:
    from llama_index.core.base.embeddings.base import Embedding
    from llama_index.core.bridge.pydantic import ConfigDict, Field, PrivateAttr, field_serializer
    from llama_index.core.embeddings import MultiModalEmbedding
    from llama_index.core.schema import ImageType
except ImportError as exc:
    raise missing("llama-index-core", "llama-index") from exc

BATCH = 512
"""Texts in one call unless told: providers' own limits are kept by onevec, and its engine likes many at a time."""


class OnevecEmbedding(MultiModalEmbedding):
    """Embeds nodes as documents and queries as queries, where the model tells them apart; images with models of images.

    The fields are those of :class:`~onevec.integrations.model.Arguments`, `model_name`, and LlamaIndex's own. The key,
    `client_args`, and what of a URL's query may be a secret are in no dump of it.

    Raises:
        InvalidRequestError, ConfigurationError: a field is wrong.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    model_name: str = Field(default=BUNDLED, description="provider:model")
    embed_batch_size: int = Field(default=BATCH, gt=0, le=2048, description="Texts in one call.")
    provider: str | None = None
    api_key: str | None = Field(default=None, exclude=True, repr=False)
    api_base: str | None = None
    client_args: dict[str, Any] | None = Field(default=None, exclude=True, repr=False)
    dimensions: int | None = None
    overflow: str = "error"
    expect_space: str | VectorSpace | None = None

    _model: Model = PrivateAttr()

    def __init__(self, model_name: str = BUNDLED, **further: Any) -> None:
        super().__init__(model_name=model_name, **further)
        self._model = Model.of(self.model_name, self)
        self.expect_space = str(self._model.expect_space) if self._model.expect_space else None

    def _keyless(self) -> dict[str, str | None]:
        plain = self._model.keyless()
        return {"model_name": plain["model"], "api_base": plain["api_base"]}

    @field_serializer("model_name", "api_base")
    def _told(self, _value: str | None, info: Any) -> str | None:
        return self._keyless()[info.field_name]

    def __repr_args__(self) -> Any:
        return {**dict(super().__repr_args__()), **self._keyless()}.items()

    def to_payload(self) -> dict[str, Any]:
        """What LlamaIndex tells of it to whoever observes calls: nothing secret."""
        return {**super().to_payload(), "model_name": self._keyless()["model_name"]}

    @classmethod
    def class_name(cls) -> str:
        """As LlamaIndex tells classes apart."""
        return "OnevecEmbedding"

    @property
    def space(self) -> VectorSpace:
        """What the vectors may be compared with; one word is embedded where only an answer can tell it."""
        return self._model.space

    def _get_query_embedding(self, query: str) -> Embedding:
        return self._model.lists([query], InputType.QUERY)[0]

    async def _aget_query_embedding(self, query: str) -> Embedding:
        return (await self._model.alists([query], InputType.QUERY))[0]

    def _get_text_embedding(self, text: str) -> Embedding:
        return self._get_text_embeddings([text])[0]

    async def _aget_text_embedding(self, text: str) -> Embedding:
        return (await self._aget_text_embeddings([text]))[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[Embedding]:
        return self._model.lists(texts, InputType.DOCUMENT)

    async def _aget_text_embeddings(self, texts: list[str]) -> list[Embedding]:
        return await self._model.alists(texts, InputType.DOCUMENT)

    def _get_image_embedding(self, img_file_path: ImageType) -> Embedding:
        return self._get_image_embeddings([img_file_path])[0]

    async def _aget_image_embedding(self, img_file_path: ImageType) -> Embedding:
        return (await self._aget_image_embeddings([img_file_path]))[0]

    def _get_image_embeddings(self, img_file_paths: list[ImageType]) -> list[Embedding]:
        return self._model.lists(_images(img_file_paths))

    async def _aget_image_embeddings(self, img_file_paths: list[ImageType]) -> list[Embedding]:
        return await self._model.alists(_images(img_file_paths))


def _images(sources: list[ImageType]) -> list[ImageInput]:
    """LlamaIndex's images: paths, or files in memory."""
    return [ImageInput(one if isinstance(one, str) else one.getvalue()) for one in sources]
