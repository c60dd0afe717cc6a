"""Reading a body that may be too large, too slow, or never end."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from onevec.errors import InvalidRequestError, OnevecError
from onevec.server.messages import ClientGoneError, Message, Receive, Request

SMALL = 64 * 1024
"""Bytes of a body that count towards no budget: a connection holds about as much anyway."""

RETRY_AFTER = 1.0


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """What a body may cost.

    Attributes:
        largest: Bytes of one body.
        together: Bytes of all large bodies that are being read at one time.
        patience: Seconds that one body may take to arrive.
    """

    largest: int = 16 * 1024 * 1024
    together: int = 256 * 1024 * 1024
    patience: float = 30.0


class BodyReader:
    """Reads bodies within the limits; owns the budget that they share."""

    def __init__(self, limits: BodyLimits) -> None:
        self._limits = limits
        self._held = 0

    async def read(self, request: Request) -> bytes:
        """The body, whole.

        Raises:
            InvalidRequestError: 413 too large, 415 no JSON or compressed, 408 too slow, 400 a wrong Content-Length.
            OnevecError: 503 when other large bodies take all the room there is.
            ClientGoneError: the client went away.
        """
        check_kind(request.headers)
        self._check_size(_announced(request.headers))
        try:
            async with asyncio.timeout(self._limits.patience):
                body = await self._whole(request.receive)
        except TimeoutError as exc:
            raise _slow(self._limits.patience) from exc
        request.unread = False
        self._check_size(len(body))
        return body

    async def _whole(self, receive: Receive) -> bytes:
        message = await _next(receive)
        body: bytes = message.get("body", b"")
        return await self._rest(receive, body) if message.get("more_body", False) else body

    async def _rest(self, receive: Receive, first: bytes) -> bytes:
        body = bytearray(first)
        held = 0
        try:
            more = True
            while more:
                self._check_size(len(body))
                held += self._take(len(body) - SMALL - held)
                message = await _next(receive)
                body += message.get("body", b"")
                more = message.get("more_body", False)
        finally:
            self._held -= held
        return bytes(body)

    def _take(self, size: int) -> int:
        if size <= 0:
            return 0
        if self._held + size > self._limits.together:
            raise OnevecError(
                "the server is receiving as many large bodies as it has room for: try again soon",
                status=503,
                code="overloaded",
                retry_after=RETRY_AFTER,
            )
        self._held += size
        return size

    def _check_size(self, size: int) -> None:
        if size > self._limits.largest:
            raise InvalidRequestError(
                f"the body is larger than the {self._limits.largest} bytes that this server takes: send fewer inputs "
                "at a time",
                status=413,
                code="request_too_large",
            )


def check_kind(headers: Mapping[str, str]) -> None:
    """Refuse a body that is not plain JSON by its own account.

    A web page can make a browser send text/plain or a form to a server on loopback without asking it first; JSON not.

    Raises:
        InvalidRequestError: 415.
    """
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", ""):
        raise InvalidRequestError(
            "compressed bodies are not read here: send the JSON as it is, without Content-Encoding",
            status=415,
            code="unsupported_media_type",
            param="content-encoding",
        )
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise InvalidRequestError(
            "the body must be JSON: send the header Content-Type: application/json",
            status=415,
            code="unsupported_media_type",
            param="content-type",
        )


def _announced(headers: Mapping[str, str]) -> int:
    """What Content-Length says; the HTTP parser has refused one that contradicts the body."""
    text = headers.get("content-length", "0")
    if not (text.isascii() and text.isdigit()):
        raise InvalidRequestError("Content-Length is not a number", param="content-length")
    return int(text[:20])


async def _next(receive: Receive) -> Message:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGoneError
    return message


def _slow(patience: float) -> InvalidRequestError:
    return InvalidRequestError(f"the body did not arrive within {patience:g} s", status=408, code="request_timeout")
