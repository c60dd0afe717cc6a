"""Sharing: the ASGI application of a process that runs models for others of the same server; see :mod:`onevec.shared`.

It listens on this machine alone and asks for a token that only its brothers have been given.
"""

import asyncio
import hmac
import logging
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from onevec.errors import OnevecError
from onevec.handover import Found, pack_error, pack_result, unpack_request
from onevec.server.door import Lifecycle
from onevec.server.messages import Receive, Scope, Send
from onevec.types import Embedder

log = logging.getLogger("onevec.server")


class Lender(Protocol):
    """Has the models; as :class:`onevec.shared.Lent`."""

    async def find(self, user: str, model: str, client_args: Mapping[str, Any]) -> Found:
        """Load one for a user."""

    def get(self, user: str, number: int) -> Embedder | None:
        """One that he has."""

    def batches(self, embedder: Embedder) -> tuple[tuple[int, int], ...]:
        """Batches of a model since this was last asked: texts and tokens of each."""

    async def release(self, user: str) -> None:
        """He has none any more."""


class Wanted(msgspec.Struct, frozen=True):
    """What `/find` is asked, and of which `/release` needs the user."""

    user: str
    model: str = ""
    client_args: dict[str, Any] = msgspec.field(default_factory=dict)


class Sharing:
    """Answers `/find`, `/embed/USER/NUMBER/CALL`, `/cancel/CALL` and `/release`, all by POST."""

    def __init__(self, lent: Lender, token: str) -> None:
        self.lifecycle = Lifecycle()
        self._lent = lent
        self._secret = f"Bearer {token}".encode()
        self._calls: dict[str, asyncio.Task[tuple[int, bytes]]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or start and stop."""
        if scope["type"] == "lifespan":
            while (message := await receive())["type"] != "lifespan.shutdown":
                await send({"type": f"{message['type']}.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        status, body = await self._answer(scope, receive)
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, bytes]:
        shown = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        if not hmac.compare_digest(shown, self._secret):
            return 401, b""
        try:
            return await self._route(scope["path"], await _body(receive))
        except OnevecError as exc:
            return exc.status, pack_error(exc)
        except Exception as exc:
            log.exception("the engine process failed")
            return 500, pack_error(OnevecError(f"the engine process failed: {type(exc).__name__}"))

    async def _route(self, path: str, body: bytes) -> tuple[int, bytes]:
        _, action, *rest = path.split("/")
        if action == "embed":
            return await self._embed(*rest, body=body)
        if action == "cancel":
            if task := self._calls.get(rest[0]):
                task.cancel()
            return 200, b""
        wanted = msgspec.msgpack.decode(body, type=Wanted)
        if action == "release":
            await self._lent.release(wanted.user)
            return 200, b""
        found = await self._lent.find(wanted.user, wanted.model, wanted.client_args)
        return 200, msgspec.msgpack.encode(found)

    async def _embed(self, user: str, number: str, call: str, *, body: bytes) -> tuple[int, bytes]:
        embedder = self._lent.get(user, int(number))
        if embedder is None:
            return 410, b""
        task = self._calls[call] = asyncio.create_task(self._embedded(embedder, body))
        try:
            return await task
        except asyncio.CancelledError:
            this = asyncio.current_task()
            if this is None or this.cancelling():  # it is this process that ends
                raise
            return 503, pack_error(OnevecError("nobody waits for this any more", status=503))
        finally:
            if self._calls.get(call) is task:  # else it was asked again, over another connection
                del self._calls[call]

    async def _embedded(self, embedder: Embedder, body: bytes) -> tuple[int, bytes]:
        result = await embedder.aembed(unpack_request(body))
        return 200, pack_result(result, self._lent.batches(embedder))


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)
