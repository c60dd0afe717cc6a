"""The words of the service, as enums whose members are texts and are found by a name in any case."""

from enum import Enum

from azure.core import CaseInsensitiveEnumMeta


class EmbeddingEncodingFormat(str, Enum, metaclass=CaseInsensitiveEnumMeta):  # noqa: UP042 - str() gives its name here
    """How the service writes a vector."""

    BASE64 = "base64"
    BINARY = "binary"
    FLOAT = "float"
    INT8 = "int8"
    UBINARY = "ubinary"
    UINT8 = "uint8"


class EmbeddingInputType(str, Enum, metaclass=CaseInsensitiveEnumMeta):  # noqa: UP042 - str() gives its name here
    """What an input is for; models trained for retrieval embed a query and a document differently."""

    TEXT = "text"
    QUERY = "query"
    DOCUMENT = "document"


class ModelType(str, Enum, metaclass=CaseInsensitiveEnumMeta):  # noqa: UP042 - str() gives its name here
    """What a model does, as `GET /info` says it."""

    EMBEDDINGS = "embeddings"
    IMAGE_GENERATION = "image_generation"
    TEXT_GENERATION = "text_generation"
    IMAGE_EMBEDDINGS = "image_embeddings"
    AUDIO_GENERATION = "audio_generation"
    CHAT_COMPLETION = "chat_completion"
