"""What the clients take and give: `EmbeddingsResult` and its parts, `ImageEmbeddingInput`, `ModelInfo`, the enums."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from onevec.azure.asked import Asked
from onevec.azure.enums import EmbeddingEncodingFormat, EmbeddingInputType, ModelType
from onevec.azure.images import ImageSource, data_uri
from onevec.azure.mapping import Field, Model, converted
from onevec.images import MAX_IMAGE_BYTES

if TYPE_CHECKING:
    from onevec.types import Vectors

__all__ = [
    "EmbeddingEncodingFormat",
    "EmbeddingInput",
    "EmbeddingInputType",
    "EmbeddingItem",
    "EmbeddingsResult",
    "EmbeddingsUsage",
    "ImageEmbeddingInput",
    "ModelInfo",
    "ModelType",
]


class EmbeddingItem(Model):
    """One vector as the service wrote it.

    Attributes:
        embedding: Floats, integers, or a base64 text, by the `encoding_format` that was asked for.
        index: Position of its input in the request.
    """

    embedding = Field[str | list[float]]()
    index = Field[int](converted(int))

    def __init__(
        self,
        mapping: Mapping[str, Any] | None = None,
        /,
        *,
        embedding: str | Sequence[float] | None = None,
        index: int | None = None,
    ) -> None:
        super().__init__(mapping, embedding=embedding, index=index)


class EmbeddingsUsage(Model):
    """Tokens that were read.

    Attributes:
        prompt_tokens: Those of the inputs.
        total_tokens: All; for embeddings the same.
    """

    prompt_tokens = Field[int](converted(int))
    total_tokens = Field[int](converted(int))

    def __init__(
        self,
        mapping: Mapping[str, Any] | None = None,
        /,
        *,
        prompt_tokens: int | None = None,
        total_tokens: int | None = None,
    ) -> None:
        super().__init__(mapping, prompt_tokens=prompt_tokens, total_tokens=total_tokens)


def _model(kind: Callable[[Any], Model]) -> Callable[[Any], Any]:
    return lambda value: value if isinstance(value, Model) or not isinstance(value, Mapping) else kind(value)


def _models(kind: Callable[[Any], Model]) -> Callable[[Any], Any]:
    one = _model(kind)
    return lambda values: [one(value) for value in values] if isinstance(values, list) else values


class EmbeddingsResult(Model):
    """The answer to `embed()`.

    Attributes:
        id: The service's own id of it; None from a service that sends none.
        data: The items, in the order in which the service sent them; each has the `index` of its input.
        usage: Tokens that were read.
        model: The model that made the vectors, as the service names it.
    """

    id = Field[str](converted(str))
    data = Field[list[EmbeddingItem]](store=_models(EmbeddingItem))
    usage = Field[EmbeddingsUsage](store=_model(EmbeddingsUsage))
    model = Field[str](converted(str))

    def __init__(
        self,
        mapping: Mapping[str, Any] | None = None,
        /,
        *,
        id: str | None = None,  # noqa: A002 - the service's word
        data: list[EmbeddingItem] | None = None,
        usage: EmbeddingsUsage | None = None,
        model: str | None = None,
    ) -> None:
        super().__init__(mapping, id=id, data=data, usage=usage, model=model)
        self._asked = Asked()

    def __str__(self) -> str:
        return json.dumps(self.as_dict(), indent=2)

    def answering(self, asked: Asked) -> Self:
        """The same result, which now knows how its vectors are written."""
        self._asked = asked
        return self

    def copy(self) -> Self:
        """Another result with the same contents, written in the same encoding."""
        return super().copy().answering(self._asked)

    @property
    def vectors(self) -> "Vectors":
        """float32 of shape (n, d), row i for input i, decoded from whatever encoding was asked for.

        Bits become +1 and -1. The scale of int8 and uint8 is the model's own and the service does not tell it: without
        an `int8_scale` of the client, code 127 stands for 1.0, which changes no cosine similarity.

        Raises:
            InvalidResponseError: the items are no vectors of one length, or their indices are not 0 to n - 1.
        """
        return self.decode()

    def decode(
        self,
        *,
        encoding_format: str | None = None,
        dimensions: int | None = None,
        int8_scale: float | None = None,
    ) -> "Vectors":
        """As `vectors`, for a result that does not know how it was asked for, such as one read from a file.

        Raises:
            InvalidRequestError: no such `encoding_format`.
            InvalidResponseError: as `vectors`.
        """
        from onevec.azure.decoding import decode

        return decode(
            self.data,
            Asked(
                encoding_format or self._asked.encoding_format,
                dimensions or self._asked.dimensions,
                int8_scale or self._asked.int8_scale,
            ),
        )


class ModelInfo(Model):
    """What `GET /info` says of the model behind an endpoint.

    Attributes:
        model_name: Its name.
        model_type: A `ModelType`, or the service's own word where it is none.
        model_provider_name: Who made it.
    """

    model_name = Field[str](converted(str))
    model_type = Field[str](converted(ModelType))
    model_provider_name = Field[str](converted(str))

    def __init__(
        self,
        mapping: Mapping[str, Any] | None = None,
        /,
        *,
        model_name: str | None = None,
        model_type: str | ModelType | None = None,
        model_provider_name: str | None = None,
    ) -> None:
        super().__init__(mapping, model_name=model_name, model_type=model_type, model_provider_name=model_provider_name)


class ImageEmbeddingInput(Model):
    """One image to embed, with a text beside it where the model takes one.

    Attributes:
        image: The image as a data URI: ``data:image/png;base64,…``.
        text: The text that goes with it.
    """

    image = Field[str](converted(str))
    text = Field[str | None](converted(str))

    def __init__(
        self, mapping: Mapping[str, Any] | None = None, /, *, image: str | None = None, text: str | None = None
    ) -> None:
        super().__init__(mapping, image=image, text=text)

    @classmethod
    def load(
        cls,
        *,
        image_file: ImageSource,
        image_format: str | None = None,
        text: str | None = None,
        max_bytes: int = MAX_IMAGE_BYTES,
    ) -> Self:
        """Read an image: a file's name or `pathlib.Path`, an http(s) URL, bytes, an open binary file, a PIL image.

        Args:
            image_file: Where the image is.
            image_format: ``png``, ``jpeg``, ``gif``, ``webp``, …; None finds out by the first bytes. What is not known
                by its bytes needs it said.
            text: The text that goes with the image.
            max_bytes: The largest image that is read.

        Raises:
            FileNotFoundError: there is no such file.
            InvalidRequestError: the format is not the one that was said, or is not known; the image is too large.
            ProviderConnectionError: the URL cannot be read.
        """
        return cls(image=data_uri(image_file, image_format, max_bytes), text=text)


EmbeddingInput = ImageEmbeddingInput
"""The name that earlier previews of azure.ai.inference had for it."""
