"""Token ids of `cl100k_base`, which clients of OpenAI's models send, read back to the text that they stand for."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from onevec.errors import ConfigurationError, InvalidRequestError, ModelUnavailableError
from onevec.gateway.wrappers.wrapper import Wrapper
from onevec.images import ImageInput, LinkedImage
from onevec.types import Embedder, EmbedRequest, Input


class Vocabulary(Protocol):
    """What is asked of `tiktoken.Encoding`."""

    def decode_bytes(self, tokens: Sequence[int]) -> bytes:
        """The bytes of some ids; KeyError for one that is none."""


class Detokenized(Wrapper):
    """Turns token ids to text before the inner embedder, which has another vocabulary, sees them."""

    def __init__(self, inner: Embedder, vocabulary: Vocabulary) -> None:
        super().__init__(inner)
        self._vocabulary = vocabulary

    def prepare(self, request: EmbedRequest) -> EmbedRequest:
        """The request with texts alone.

        Raises:
            InvalidRequestError: an id that the vocabulary does not have, or ids of nothing; `loc` says where.
        """
        if not any(isinstance(item, tuple) for item in request.inputs):
            return request
        return replace(request, inputs=tuple(self._text(item, i) for i, item in enumerate(request.inputs)))

    def _text(self, item: Input, index: int) -> Input:
        if isinstance(item, (str, ImageInput, LinkedImage)):
            return item
        try:
            # A client that cuts a text by tokens may cut a character: what is left of it is no reason to refuse.
            text = self._vocabulary.decode_bytes(item).decode("utf-8", "replace")
        except (KeyError, OverflowError) as exc:
            place = next(place for place, token in enumerate(item) if not self._knows(token))
            raise InvalidRequestError(
                f"input[{index}][{place}] is {item[place]}, which is no token id of cl100k_base",
                loc=("input", index, place),
                value=str(item[place]),
            ) from exc
        if not text:
            raise InvalidRequestError(f"input[{index}] stands for an empty text", loc=("input", index))
        return text

    def _knows(self, token: int) -> bool:
        try:
            self._vocabulary.decode_bytes([token])
        except (KeyError, OverflowError):
            return False
        return True


def cl100k_base() -> Vocabulary:
    """The vocabulary, from tiktoken's cache (`TIKTOKEN_CACHE_DIR`), or fetched by it once.

    Raises:
        ConfigurationError: tiktoken is not installed; names the extra.
        ModelUnavailableError: the vocabulary is neither in the cache nor can it be fetched.
    """
    try:
        import tiktoken
    except ImportError as exc:
        raise ConfigurationError(
            "token_ids = \"cl100k_base\" needs tiktoken: pip install 'onevec[tiktoken]'", param="token_ids"
        ) from exc
    try:
        return tiktoken.get_encoding("cl100k_base")
    except (OSError, ValueError) as exc:  # requests' errors are OSErrors; a wrong hash is a ValueError
        raise ModelUnavailableError(
            "the vocabulary cl100k_base is not in tiktoken's cache and cannot be fetched: set TIKTOKEN_CACHE_DIR to a "
            "folder that holds it",
            param="token_ids",
        ) from exc
