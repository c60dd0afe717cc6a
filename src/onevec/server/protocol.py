"""The HTTP/1.1 protocol: uvicorn's on httptools, with a bound on the head of a request and errors in JSON."""

import asyncio
from http import HTTPStatus
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from onevec.errors import InvalidRequestError
from onevec.exchange import HttpReply
from onevec.server.corking import Corked
from onevec.wires.azure import encode_error

MAX_HEAD = 64 * 1024
"""Bytes of a request's line and headers; the parser itself knows no bound."""

HEAD_SECONDS = 30.0
"""Seconds that a client may take to say what it wants."""


class Protocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_head = True
        self._head = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give the first request its time."""
        super().connection_made(cast("asyncio.Transport", Corked(transport, self.loop)))
        self._timer = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        """There is nothing left to wait for."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, then look whether a head is growing without end."""
        super().data_received(data)
        if self._in_head:
            self._watch_head(len(data))

    def on_message_begin(self) -> None:
        """A head begins."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """A head ends."""
        self._in_head = False
        self._head = 0
        self._stop_timer()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP."""
        self._refuse(InvalidRequestError(msg, code="invalid_http"))

    def _watch_head(self, size: int) -> None:
        self._head += size
        if self._head > MAX_HEAD:
            self._refuse(
                InvalidRequestError(
                    f"the request's line and headers are larger than {MAX_HEAD} bytes",
                    status=HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                    code="headers_too_large",
                )
            )
        elif self._timer is None:
            self._timer = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def _too_slow(self) -> None:
        if not self.transport.is_closing():
            self._refuse(
                InvalidRequestError(
                    f"no request came within {HEAD_SECONDS:g} s",
                    status=HTTPStatus.REQUEST_TIMEOUT,
                    code="request_timeout",
                )
            )

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, error: InvalidRequestError) -> None:
        """Answer beside the application, which never hears of it, and end the connection."""
        if not self.transport.is_closing():
            self.transport.write(_written(encode_error(error)))
            self.transport.close()


def _written(reply: HttpReply) -> bytes:
    status = HTTPStatus(reply.status)
    headers = {**reply.headers, "content-length": str(len(reply.body)), "connection": "close"}
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + reply.body
