"""Door: how a request comes in and goes out: its id, who asks, errors in the route's dialect, what is noted of it."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from onevec.errors import InvalidRequestError
from onevec.gateway import Caller, Gateway
from onevec.server.calls import Call
from onevec.server.messages import (
    ClientGoneError,
    Receive,
    Reply,
    Request,
    Scope,
    Send,
    from_wire,
    read_scope,
    request_id,
)
from onevec.server.refusals import refusal
from onevec.server.routes import Route
from onevec.server.sending import send_reply

log = logging.getLogger("onevec.server")

CHALLENGE = ((b"www-authenticate", b"Bearer"),)
"""RFC 9110 wants it with every 401."""

GONE = 499
"""In logs and metrics: the client went before it was answered."""

Handler: TypeAlias = Callable[["Visit"], Awaitable[Reply]]
"""What lies behind a door."""


class Observer(Protocol):
    """Is told of every request once it is over."""

    def observe(self, call: Call) -> None:
        """Take note of it."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request that was let in: what was asked, what is noted, and who asks."""

    request: Request
    call: Call
    caller: Caller


class Lifecycle:
    """How the server is: one value that the doors and `/health/ready` share.

    Attributes:
        draining: Whether it is about to stop.
        patience: Seconds that a client may take to read a part of a large reply.
    """

    def __init__(self, patience: float = 30.0) -> None:
        self.draining = False
        self.patience = patience


class Door:
    """An ASGI application for one route."""

    def __init__(
        self, route: Route, handler: Handler, gateway: Gateway, observers: Sequence[Observer], lifecycle: Lifecycle
    ) -> None:
        self._route = route
        self._handler = handler
        self._gateway = gateway
        self._observers = observers
        self._lifecycle = lifecycle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, whatever happens."""
        started = time.perf_counter()
        request = read_scope(scope, receive)
        call = Call(self._route, request_id(request.headers), started, traceparent=request.headers.get("traceparent"))
        try:
            reply = await self._answer(request, call)
            call.status = reply.status
            await send_reply(
                send,
                reply,
                request,
                call.request_id,
                call.headers,
                close=self._lifecycle.draining,
                patience=self._lifecycle.patience,
            )
        except (ClientGoneError, asyncio.CancelledError) as exc:
            call.status, call.code = GONE, "client_gone"
            if isinstance(exc, asyncio.CancelledError):
                raise
        finally:
            call.seconds = time.perf_counter() - started
            for observer in self._observers:
                observer.observe(call)

    async def _answer(self, request: Request, call: Call) -> Reply:
        try:
            self._check_method(request.method, call)
            caller = await self._let_in(request)
            call.caller = caller.name
            return await self._handler(Visit(request, call, caller))
        except ClientGoneError:
            raise
        except Exception as exc:
            return self._refuse(exc, call)

    def _check_method(self, method: str, call: Call) -> None:
        """Refuse a method that the route does not have, once the client knows which it has."""
        allowed = self._route.method
        if self._route.kind == "unknown" or method == allowed or (method, allowed) == ("HEAD", "GET"):
            return
        call.headers = ((b"allow", allowed.encode()),)
        raise InvalidRequestError(f"this route takes {allowed}, not {method}", status=405, code="method_not_allowed")

    async def _let_in(self, request: Request) -> Caller:
        if self._route.auth:
            return await self._gateway.authenticate(request.headers, request.client)
        return Caller(request.client or "unknown", "address")

    def _refuse(self, exc: Exception, call: Call) -> Reply:
        error = refusal(exc, call.request_id, call.inputs_field or self._route.dialect.inputs)
        if error.status >= 500 and error.status != 503:
            log.error("request failed", exc_info=exc, extra={"request_id": call.request_id})
        call.code = error.code
        if error.status == 401:
            call.headers = CHALLENGE
        return from_wire(self._route.dialect.wire.encode_error(error))
