"""Stand-ins for your tests: an embedder and a provider that need no key, no network and no model.

>>> from onevec.providers import PROVIDERS, Credential
>>> from onevec.remote import RemoteEmbedder
>>> from onevec.types import EmbedRequest
>>> fake = FakeProvider(faults=[error_reply(503), None])
>>> model = RemoteEmbedder(PROVIDERS["openai"], "any", "https://example.com/v1", Credential("no-key"), transport=fake)
>>> model.embed(EmbedRequest("any", ("first", "second"))).vectors.shape, len(fake.requests)
((2, 16), 2)

Anywhere else: ``embedding("openai:any", texts, api_key="no-key", client_args={"transport": FakeProvider()})``.
"""

import asyncio
import hashlib
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from onevec import vectors as vec
from onevec.errors import BY_CODE, OnevecError, UnsupportedParameterError, error_type
from onevec.exchange import HttpReply, HttpRequest
from onevec.images import ImageInput, LinkedImage
from onevec.requests import check_chunking, check_modalities
from onevec.spaces import VectorSpace
from onevec.types import Capabilities, EmbedRequest, EmbedResult, Input, Modality, Usage
from onevec.vectors import Vectors
from onevec.wires import WIRES, Outgoing

Fault: TypeAlias = HttpReply | OnevecError | Callable[[HttpReply], HttpReply] | None
"""What happens to a request instead of the right answer: another reply, a failure of the transport, or the right reply
changed; None lets it be."""


class FakeEmbedder:
    """Embeds deterministically: the same input has the same vector of length one, another has another.

    An image is told by its bytes, so that the same picture in another file is another input.

    >>> a, b, again = FakeEmbedder(dimensions=4).embed(EmbedRequest("fake", ("a", "b", "a"))).vectors
    >>> bool((a == again).all()), bool((a == b).any())
    (True, False)

    Args:
        dimensions: Length of its full vectors; any shorter one can be asked for.
        model: The name in its space and its results.
        int8_scale: What code 127 stands for; None is a model without a calibrated scale.
        modalities: What an input may be.

    Attributes:
        requests: Every request that it was given.
    """

    def __init__(
        self,
        dimensions: int = 16,
        model: str = "fake",
        int8_scale: float | None = 1.0,
        modalities: frozenset[Modality] = frozenset(Modality),
    ) -> None:
        self.requests: list[EmbedRequest] = []
        self._space = VectorSpace(model, dimensions, revision="fake-1", normalized=True)
        self._capabilities = Capabilities(dimensions, any_truncation=True, int8_scale=int8_scale, modalities=modalities)

    @property
    def space(self) -> VectorSpace:
        """The space of its full vectors."""
        return self._space

    @property
    def capabilities(self) -> Capabilities:
        """Any length up to its own, every input type, texts and images, int8 by a scale of one."""
        return self._capabilities

    def embed(self, request: EmbedRequest) -> EmbedResult:
        """Vectors made of a digest of each input; a token for each word.

        Raises:
            UnsupportedModalityError: an input of a kind that it was made without.
            UnsupportedParameterError: `dimensions` beyond its own.
        """
        self.requests.append(request)
        _check_dimensions(request.dimensions, self._space.dimensions)
        check_modalities(request, self._capabilities.modalities, self._space.model)
        check_chunking(request, self._capabilities, self._space.model)
        read = [(request.prompt or "") + one if isinstance(one, str) else one for one in request.inputs]
        full = np.stack([_vector(one, self._space.dimensions) for one in read])
        vectors = vec.truncate(full, request.dimensions) if request.dimensions else vec.normalize(full)
        space = replace(self._space, dimensions=vectors.shape[1])
        tokens = sum(_words(one) for one in request.inputs)
        return EmbedResult(vectors, request.model or self._space.model, Usage(tokens, tokens), space)

    async def aembed(self, request: EmbedRequest) -> EmbedResult:
        """The same."""
        return self.embed(request)


def _check_dimensions(asked: int | None, full: int) -> None:
    if asked is not None and asked > full:
        raise UnsupportedParameterError(
            f"dimensions must be from 1 to {full} for this fake, not {asked}", param="dimensions", value=str(asked)
        )


def _words(one: Input) -> int:
    if isinstance(one, (ImageInput, LinkedImage)):
        return _words(one.text or "")
    return len(one.split()) if isinstance(one, str) else len(one)


def _vector(one: Input, dimensions: int) -> Vectors:
    said = (one.content, one.text) if isinstance(one, ImageInput) else one
    digest = hashlib.blake2b(repr(said).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return np.random.default_rng(int.from_bytes(digest, "big")).standard_normal(dimensions, dtype=np.float32)


class FakeProvider:
    """A provider behind a transport: answers in a wire's own words with the vectors of an embedder.

    The body must be right by the wire, or the answer is the wire's error.

    Args:
        wire: Whose words it speaks, a name in :data:`onevec.wires.WIRES` such as ``cohere``.
        embedder: Makes the vectors; one of 16 dimensions unless given.
        faults: What happens to the first request, the second, …: a reply instead (:func:`error_reply`), an error of the
            transport, a function that changes the right reply, or None for the right one. Then all are answered.

    Attributes:
        requests: Every HTTP request that it was sent, keys and all.
    """

    def __init__(
        self, wire: str = "openai", embedder: FakeEmbedder | None = None, faults: Iterable[Fault] = ()
    ) -> None:
        self.requests: list[HttpRequest] = []
        self.embedder = embedder or FakeEmbedder()
        self._wire = WIRES[wire]
        self._faults = iter(faults)
        self._lock = threading.Lock()

    def send(self, request: HttpRequest) -> HttpReply:
        """Answer, or what the next fault says."""
        with self._lock:
            self.requests.append(request)
            fault = next(self._faults, None)
        if isinstance(fault, OnevecError):
            raise fault
        if isinstance(fault, HttpReply):
            return fault
        reply = self._answer(request)
        return fault(reply) if fault is not None else reply

    async def asend(self, request: HttpRequest) -> HttpReply:
        """The same, after a turn of the event loop."""
        await asyncio.sleep(0)
        return self.send(request)

    def close(self) -> None:
        """There is nothing to give back."""

    def _answer(self, request: HttpRequest) -> HttpReply:
        try:
            asked = self._wire.decode_request(request.body, request.headers, self._wire.model_of(request.url))
            result = self.embedder.embed(asked)
        except OnevecError as exc:
            return self._wire.encode_error(exc)
        body = self._wire.encode_reply(Outgoing(result, asked, self.embedder.capabilities.int8_scale))
        headers = {
            "content-type": "application/json",
            "x-request-id": "fake-request",
            **self._wire.reply_headers(result),
        }
        return HttpReply(200, headers, body)


def error_reply(code: int, *, headers: Mapping[str, str] | None = None, wire: str = "openai") -> HttpReply:
    """The error reply of a provider, as a wire words it.

    Args:
        code: Its HTTP status.
        headers: Further headers, such as ``{"retry-after": "2"}``.
        wire: Whose words, a name in :data:`onevec.wires.WIRES`.
    """
    names = {kind: word for word, kind in BY_CODE.items()}
    kind = error_type(code)
    reply = WIRES[wire].encode_error(kind(f"planted {code}", status=code, code=names.get(kind)))
    return HttpReply(code, {**reply.headers, **(headers or {})}, reply.body)
