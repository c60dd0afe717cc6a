"""Wire: one HTTP dialect in both directions, as a row of pure functions."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from onevec.errors import OnevecError
from onevec.exchange import HttpReply, HttpRequest
from onevec.target import Target
from onevec.types import EmbedRequest, EmbedResult, Encoding
from onevec.wires.items import Answer


class DecodeReply(Protocol):
    """Vectors out of a reply; raises the typed error of a bad one."""

    def __call__(self, reply: HttpReply, request: EmbedRequest, target: Target, int8_scale: float | None) -> Answer:
        """The answer, its rows in the order of the request's inputs."""


class DecodeRequest(Protocol):
    """A client's request out of its body."""

    def __call__(self, body: bytes, headers: Mapping[str, str], model: str | None = None) -> EmbedRequest:
        """The request; `model` is what the route says and wins over the body, header names are in lower case."""


class EncodeReply(Protocol):
    """The body of a reply to a client."""

    def __call__(
        self,
        result: EmbedResult,
        encoding: Encoding,
        int8_scale: float | None = None,
        reply_id: str | None = None,
        codes: Sequence[Any] | None = None,
        request: EmbedRequest | None = None,
    ) -> bytes:
        """JSON, with the vectors in the encoding that was asked for.

        `codes` are the vectors where they are written already; `request` is what is answered, where the shape of a
        reply depends on it.
        """


def no_headers(_result: EmbedResult) -> Mapping[str, str]:
    """Most dialects say everything in the body."""
    return {}


@dataclass(frozen=True, slots=True)
class Wire:
    """One dialect.

    Attributes:
        name: Its name in a provider's row and in the server's settings.
        path: What follows a provider's base URL; ``{model}`` in it is where the model's name stands.
        encode_request: Client side: the HTTP request that asks a provider.
        decode_reply: Client side: the vectors, checked, or the typed error of a bad reply.
        error_code: Client side: the structured code of a reply that is an error.
        decode_request: Server side: what a client asks; a fault names its place in the body.
        encode_reply: Server side: the body that answers it.
        encode_error: Server side: the reply that says what is wrong.
        reply_headers: Server side: what a success says in headers, names in lower case.
    """

    name: str
    encode_request: Callable[[EmbedRequest, Target], HttpRequest]
    decode_reply: DecodeReply
    error_code: Callable[[HttpReply], str | None]
    decode_request: DecodeRequest
    encode_reply: EncodeReply
    encode_error: Callable[[OnevecError], HttpReply]
    path: str = "/embeddings"
    reply_headers: Callable[[EmbedResult], Mapping[str, str]] = no_headers

    def model_of(self, url: str) -> str | None:
        """The model that a URL names; None where the dialect names it in the body.

        >>> from onevec.wires import WIRES
        >>> WIRES["openai"].model_of("https://h/v1/embeddings")
        """
        before, found, after = self.path.partition("{model}")
        if not found:
            return None
        place = re.search(f"{re.escape(before)}(?P<model>.+?){re.escape(after)}$", urlsplit(url).path)
        return unquote(place["model"]) if place else None
