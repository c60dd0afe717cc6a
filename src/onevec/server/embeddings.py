"""The one hot route: a body in, vectors out."""

import asyncio
import functools
import time
from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from onevec.encodings import check_scale
from onevec.errors import InvalidRequestError, ModelNotFoundError, UnsupportedModalityError
from onevec.gateway import Deployment, Deployments, Gateway
from onevec.requests import check_space
from onevec.server.answering import answer
from onevec.server.dialects import Dialect
from onevec.server.door import Visit
from onevec.server.messages import ClientGoneError, Receive, Reply
from onevec.server.reading import BodyReader
from onevec.spaces import VectorSpace
from onevec.types import Capabilities, EmbedRequest, EmbedResult, Encoding, Overflow, modality

PATIENCE = 0.05
"""Seconds after which it pays to look whether the client is still there; most requests are answered before."""


LARGE = 1024 * 1024
"""Bytes of a body, mostly images in base64, that take milliseconds to read: a thread does it meanwhile."""


class Embeddings:
    """Handles requests for embeddings, in any dialect."""

    def __init__(self, gateway: Gateway, reader: BodyReader) -> None:
        self._gateway = gateway
        self._reader = reader

    async def __call__(self, visit: Visit) -> Reply:
        """Read, route, embed, write."""
        request, call, dialect = visit.request, visit.call, visit.call.route.dialect
        dialect.check_query(request.query)
        served = self._gateway.served(visit.caller)
        _check_route(dialect, served)
        body = await self._reader.read(request)
        decode = functools.partial(dialect.wire.decode_request, body, request.headers, request.path.get("name"))
        asked = decode() if len(body) < LARGE else await asyncio.to_thread(decode)
        del body, decode
        call.inputs_field = asked.form.get("inputs")
        deployment = _deployment(visit, asked, served)
        encoding = asked.encoding or Encoding.FLOAT
        call.deployment, call.inputs, call.model = deployment.name, len(asked.inputs), asked.model
        able = deployment.capabilities
        asked, scale = _fitting(asked, deployment.model, able, dialect), able.int8_scale
        check_scale(encoding, scale)
        asked = expecting(asked, request.headers)
        check_space(asked, deployment.space)
        with Presence(request.receive):
            result = await self._embed(visit, deployment, asked)
        if asked.expect_space is not None:
            result.space.check(asked.expect_space)
        call.dimensions, call.encoding = result.vectors.shape[1], encoding
        return await answer(dialect.wire, result, asked, scale, call.request_id)

    async def _embed(self, visit: Visit, deployment: Deployment, asked: EmbedRequest) -> EmbedResult:
        """Embed on the caller's account."""
        charge = self._gateway.charge(visit.caller, deployment, asked)
        try:
            async with charge:
                result = await _timed(visit, deployment, asked)
                charge.used(result)
        finally:
            visit.call.headers = _pairs(charge.headers)
        visit.call.tokens = result.usage.prompt_tokens
        return replace(result, model=deployment.name)


async def _timed(visit: Visit, deployment: Deployment, asked: EmbedRequest) -> EmbedResult:
    started = time.perf_counter()
    try:
        return await deployment.embedder.aembed(asked)
    finally:
        visit.call.inference = time.perf_counter() - started


def _check_route(dialect: Dialect, served: Deployments) -> None:
    """Refuse a route on which nobody here can answer."""
    if dialect.wanted and not any(dialect.wanted <= one.capabilities.modalities for one in served.values()):
        raise UnsupportedModalityError(
            f"no model here embeds {' and '.join(sorted(dialect.wanted))} inputs: /info tells what is served"
        )


def _deployment(visit: Visit, asked: EmbedRequest, served: Deployments) -> Deployment:
    if not visit.call.route.dialect.one_model:
        return named(asked.model, served)
    header = visit.request.headers.get("azureml-model-deployment")
    return served.route(asked.model or None, header, frozenset(map(modality, asked.inputs)))


def named(model: str, served: Deployments) -> Deployment:
    """The deployment of exactly that name, alias or model: in OpenAI's words no model stands for another.

    Raises:
        ModelNotFoundError: there is none.
    """
    if not model:
        raise ModelNotFoundError("the name of a model is missing", param="model")
    try:
        return served.route(header=model)
    except ModelNotFoundError as exc:
        raise ModelNotFoundError(exc.message, param="model", value=exc.value) from exc


def expecting(asked: EmbedRequest, headers: Mapping[str, str]) -> EmbedRequest:
    """The request with the space that the header `x-expect-vector-space` names.

    Raises:
        InvalidRequestError: it names none.
    """
    said = headers.get("x-expect-vector-space")
    if said is None:
        return asked
    try:
        return replace(asked, expect_space=VectorSpace.parse(said))
    except InvalidRequestError as exc:
        exc.param, exc.loc = "x-expect-vector-space", ("x-expect-vector-space",)
        raise


def _fitting(asked: EmbedRequest, model: str, able: Capabilities, dialect: Dialect) -> EmbedRequest:
    """The request to a deployment's model without what its dialect only assumes.

    That is words that every client of the vendor sends, or leaves unsaid.

    A long text is cut where that can be done; elsewhere it is refused by whoever finds it too long.
    """
    known = asked.input_type in able.input_types
    return replace(
        asked,
        model=model,
        extra=_without(dialect.dropped, asked.extra),
        input_type=asked.input_type if known or not dialect.hints else None,
        overflow=asked.overflow if able.truncates else Overflow.ERROR,
    )


def _without(dropped: frozenset[str], extra: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in extra.items() if name not in dropped} if extra else extra


def _pairs(headers: Mapping[str, str]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name.encode(), value.encode()) for name, value in headers.items())


class Presence:
    """Cancels the block when the client goes away meanwhile; what was queued for it is then dropped.

    Raises:
        ClientGoneError: on leaving a block that was cancelled so.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._gone = False
        self._watcher: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._timer = self._loop.call_later(PATIENCE, self._start)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()
        if self._gone and isinstance(exc, asyncio.CancelledError) and self._task is not None:
            self._task.uncancel()
            raise ClientGoneError from exc

    def _start(self) -> None:
        self._watcher = self._loop.create_task(self._watch())

    async def _watch(self) -> None:
        message = await self._receive()  # the body has been read, so this is the end of the connection
        if message["type"] == "http.disconnect" and self._task is not None:
            self._gone = True
            self._task.cancel()
