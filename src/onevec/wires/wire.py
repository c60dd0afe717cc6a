"""Wire: one HTTP dialect in both directions, as a row of pure functions."""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from onevec import encodings
from onevec.encodings import Codes
from onevec.errors import OnevecError
from onevec.exchange import HttpReply, HttpRequest
from onevec.target import Target
from onevec.types import EmbedRequest, EmbedResult, Encoding, Usage
from onevec.wires.items import Answer


class DecodeReply(Protocol):
    """Vectors out of a reply; raises the typed error of a bad one."""

    def __call__(self, reply: HttpReply, request: EmbedRequest, target: Target, int8_scale: float | None) -> Answer:
        """The answer, its rows in the order of the request's inputs."""


class DecodeRequest(Protocol):
    """A client's request out of its body."""

    def __call__(self, body: bytes, headers: Mapping[str, str], model: str | None = None) -> EmbedRequest:
        """The request; `model` is what the route says and wins over the body, header names are in lower case."""


@dataclass(frozen=True, eq=False)
class Outgoing:
    """What a reply to a client is written of.

    Attributes:
        result: The vectors, and what is known of them.
        request: What is answered: it says the encoding and, in its `form`, what else the dialect was asked for.
        int8_scale: The value that int8 code 127 stands for.
        id: The reply's, where the dialect has one.
        written: The vectors in the encoding that was asked for, where somebody has written them already.
    """

    result: EmbedResult
    request: EmbedRequest
    int8_scale: float | None = None
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    written: list[Any] | None = None

    @property
    def encoding(self) -> Encoding:
        """How the vectors are written."""
        return self.request.encoding or Encoding.FLOAT

    @property
    def usage(self) -> Usage:
        """Tokens that were read."""
        return self.result.usage

    @cached_property
    def codes(self) -> Codes:
        """A row of numbers, or a base64 text, for each vector; raises as :func:`onevec.encodings.encode`."""
        return self.coded(self.encoding) if self.written is None else self.written

    def coded(self, encoding: Encoding) -> Codes:
        """The same in another encoding; base64 that the vectors came in, and that is still theirs, as it came."""
        if encoding is Encoding.BASE64 and self.result.base64 is not None:
            return [*self.result.base64]
        return encodings.encode(self.result.vectors, encoding, int8_scale=self.int8_scale)


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
    encode_reply: Callable[[Outgoing], bytes]
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
