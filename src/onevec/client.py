"""`embedding()` and `aembedding()`, and the clients that own what those share: loaded models and connections.

A call is checked, sent to the one embedder that its model and provider name, and answered with an
:class:`~onevec.responses.EmbeddingResponse`.
"""

import asyncio
import atexit
import functools
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Self

from onevec.embedders import Embedders, Endpoint
from onevec.encodings import check_scale
from onevec.images import ImageInput
from onevec.requests import check_space, embed_request
from onevec.responses import EmbeddingResponse
from onevec.spaces import VectorSpace
from onevec.types import Embedder, EmbedRequest, EmbedResult, Encoding, Usage


def _respond(request: EmbedRequest, result: EmbedResult, embedder: Embedder) -> EmbeddingResponse:
    if request.expect_space is not None:
        result.space.check(request.expect_space)
    capabilities = embedder.capabilities
    encoding, scale = request.encoding or Encoding.FLOAT, capabilities.int8_scale
    cost = _cost(request, result.usage, capabilities.price)
    return EmbeddingResponse(
        result.vectors,
        result.model,
        result.usage,
        result.space,
        encoding,
        scale,
        pairs=result.pairs,
        cost=cost,
        chunks=result.chunks,
    )


def _named(request: EmbedRequest, name: str, embedder: Embedder) -> EmbedRequest:
    """The request by the model's own name; refused where its encoding needs a scale, or its caller another space."""
    check_space(request, embedder.space)
    check_scale(request.encoding, embedder.capabilities.int8_scale)
    return replace(request, model=name)


def _cost(request: EmbedRequest, usage: Usage, price: float | None) -> float | None:
    """US dollars for texts whose tokens the provider has told: an estimate is no bill, and images have other prices."""
    texts = all(isinstance(one, (str, tuple)) for one in request.inputs)
    if price is None or usage.total_tokens is None or usage.estimated or not texts:
        return None
    return price * usage.total_tokens / 1e6


class _Bound:
    """What both clients are made of: defaults for every call, and the embedders that they share."""

    def __init__(
        self,
        *,
        provider: object = None,
        api_key: str | None = None,
        api_base: str | None = None,
        client_args: Mapping[str, Any] | None = None,
        embedders: Embedders | None = None,
    ) -> None:
        self._endpoint = Endpoint(provider, api_key, api_base, client_args or {})
        self._embedders = embedders or Embedders()

    def _asked(
        self, model: str, inputs: str | ImageInput | Iterable[str | ImageInput], endpoint: Endpoint, **fields: Any
    ) -> tuple[EmbedRequest, Endpoint]:
        """What one call asks, checked, and where it goes: its own words over the client's."""
        return embed_request(model, inputs, **fields), endpoint.over(self._endpoint)


class Client(_Bound):
    """Calls providers and local models; connections and loaded models live as long as it does.

    >>> with Client(provider="local") as client:
    ...     client.embedding("all-minilm-l6-v2", ["a cat", "a dog"]).vectors.shape
    (2, 384)

    Args:
        provider: Default provider of the calls, such as ``"openai"``.
        api_key: Default key.
        api_base: Default base URL.
        client_args: Default client arguments; a call's own are laid over them.
        embedders: Loaded models and connections to share with another client.
    """

    def embedding(
        self,
        model: str,
        inputs: str | ImageInput | Iterable[str | ImageInput],
        *,
        provider: object = None,
        api_key: str | None = None,
        api_base: str | None = None,
        client_args: Mapping[str, Any] | None = None,
        dimensions: int | None = None,
        input_type: str | None = None,
        encoding_format: str | None = None,
        overflow: str = "error",
        chunking: str | None = None,
        chunk_tokens: int | None = None,
        expect_space: VectorSpace | str | None = None,
        **kwargs: Any,
    ) -> EmbeddingResponse:
        """Embed texts; see :func:`onevec.embedding`."""
        request, endpoint = self._asked(
            model,
            inputs,
            Endpoint(provider, api_key, api_base, client_args or {}),
            dimensions=dimensions,
            input_type=input_type,
            encoding_format=encoding_format,
            overflow=overflow,
            chunking=chunking,
            chunk_tokens=chunk_tokens,
            expect_space=expect_space,
            extra=kwargs,
        )
        embedder, name = self._embedders.find(model, endpoint)
        return _respond(request, embedder.embed(_named(request, name, embedder)), embedder)

    def close(self) -> None:
        """Close connections and unload models; closing twice is harmless."""
        self._embedders.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class AsyncClient(_Bound):
    """The async twin of :class:`Client`, with the same arguments; one serves a whole event loop.

    >>> async def shape() -> tuple[int, ...]:
    ...     async with AsyncClient(provider="local") as client:
    ...         return (await client.aembedding("all-minilm-l6-v2", ["a cat", "a dog"])).vectors.shape
    >>> asyncio.run(shape())
    (2, 384)
    """

    async def aembedding(
        self,
        model: str,
        inputs: str | ImageInput | Iterable[str | ImageInput],
        *,
        provider: object = None,
        api_key: str | None = None,
        api_base: str | None = None,
        client_args: Mapping[str, Any] | None = None,
        dimensions: int | None = None,
        input_type: str | None = None,
        encoding_format: str | None = None,
        overflow: str = "error",
        chunking: str | None = None,
        chunk_tokens: int | None = None,
        expect_space: VectorSpace | str | None = None,
        **kwargs: Any,
    ) -> EmbeddingResponse:
        """Embed texts; see :func:`onevec.embedding`."""
        request, endpoint = self._asked(
            model,
            inputs,
            Endpoint(provider, api_key, api_base, client_args or {}),
            dimensions=dimensions,
            input_type=input_type,
            encoding_format=encoding_format,
            overflow=overflow,
            chunking=chunking,
            chunk_tokens=chunk_tokens,
            expect_space=expect_space,
            extra=kwargs,
        )
        embedder, name = await self._embedders.afind(model, endpoint)
        return _respond(request, await embedder.aembed(_named(request, name, embedder)), embedder)

    async def aclose(self) -> None:
        """Close connections and unload models; closing twice is harmless."""
        await asyncio.to_thread(self._embedders.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()


@functools.cache
def shared_embedders() -> Embedders:
    """The embedders behind the two functions: made at the first call, closed when the program ends.

    A forked child makes its own: threads and sockets do not survive a fork.
    """
    embedders = Embedders()
    atexit.register(embedders.close)
    return embedders


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=shared_embedders.cache_clear)


def embedding(
    model: str,
    inputs: str | ImageInput | Iterable[str | ImageInput],
    *,
    provider: object = None,
    api_key: str | None = None,
    api_base: str | None = None,
    client_args: Mapping[str, Any] | None = None,
    dimensions: int | None = None,
    input_type: str | None = None,
    encoding_format: str | None = None,
    overflow: str = "error",
    chunking: str | None = None,
    chunk_tokens: int | None = None,
    expect_space: VectorSpace | str | None = None,
    **kwargs: Any,
) -> EmbeddingResponse:
    """Embed texts with any provider or a local model.

    >>> response = embedding("local:all-minilm-l6-v2", ["First sentence", "Second sentence"])
    >>> response.vectors.shape, response.data[1].index, response.usage.total_tokens
    ((2, 384), 1, 8)

    Args:
        model: ``provider:model``, or the model alone when `provider` is given.
        inputs: A text or an image (:class:`onevec.ImageInput`), or a list of them; no text may be empty. More than the
            provider takes at once are split and merged.
        provider: Name of a row of `onevec providers`, such as ``"openai"`` or ``"local"``.
        api_key: The key; without it the provider's environment variable is read.
        api_base: Base URL instead of the provider's own.
        client_args: Settings of the connection, the fields of :class:`~onevec.remote.options.RemoteOptions`, or of the
            local engine, those of :class:`~onevec.engine.options.LocalOptions`.
        dimensions: Length of the vectors, where the model was trained for shorter ones.
        input_type: ``text``, ``query`` or ``document``; means the same for every provider that knows it.
        encoding_format: How ``data[i].embedding`` is written: ``float``, ``base64``, ``int8``, ``uint8``, ``binary``
            or ``ubinary``. `vectors` stays float32.
        overflow: What happens to a text longer than the model reads: ``error``, ``truncate`` or ``chunk``.
        chunking: ``late`` reads a text in one pass and gives a vector for each chunk of it (arXiv:2409.04701); then
            ``.chunks[i]`` says which input, and from which character to which, row i stands for. Local models with mean
            pooling have it.
        chunk_tokens: The most tokens of such a chunk, 256 unless told.
        expect_space: The space, or its id, in which the vectors have to be; `.space` of an earlier response. Another
            one is refused, before anything is sent where that is known.
        **kwargs: Parameters that only this provider knows; they are sent as they are.

    Returns:
        ``.vectors`` float32 (n, d) in the order of the inputs, ``.data`` shaped as OpenAI's, ``.usage``, ``.space``.

    Raises:
        InvalidRequestError: an argument is wrong or not supported, or a text is too long.
        VectorSpaceError: the vectors are in another space than `expect_space`.
        ConfigurationError: no key, a malformed `api_base`, an unknown client argument.
        ModelError: a local model cannot be loaded.
        AuthenticationError, RateLimitError, ModelNotFoundError, ProviderError: the provider's answer.
    """
    return Client(embedders=shared_embedders()).embedding(
        model,
        inputs,
        provider=provider,
        api_key=api_key,
        api_base=api_base,
        client_args=client_args,
        dimensions=dimensions,
        input_type=input_type,
        encoding_format=encoding_format,
        overflow=overflow,
        chunking=chunking,
        chunk_tokens=chunk_tokens,
        expect_space=expect_space,
        **kwargs,
    )


async def aembedding(
    model: str,
    inputs: str | ImageInput | Iterable[str | ImageInput],
    *,
    provider: object = None,
    api_key: str | None = None,
    api_base: str | None = None,
    client_args: Mapping[str, Any] | None = None,
    dimensions: int | None = None,
    input_type: str | None = None,
    encoding_format: str | None = None,
    overflow: str = "error",
    chunking: str | None = None,
    chunk_tokens: int | None = None,
    expect_space: VectorSpace | str | None = None,
    **kwargs: Any,
) -> EmbeddingResponse:
    """The async twin of :func:`embedding`; same arguments, result and errors. Cancelling it drops the work."""
    return await AsyncClient(embedders=shared_embedders()).aembedding(
        model,
        inputs,
        provider=provider,
        api_key=api_key,
        api_base=api_base,
        client_args=client_args,
        dimensions=dimensions,
        input_type=input_type,
        encoding_format=encoding_format,
        overflow=overflow,
        chunking=chunking,
        chunk_tokens=chunk_tokens,
        expect_space=expect_space,
        **kwargs,
    )
