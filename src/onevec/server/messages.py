"""A request as a handler sees it and a reply as it leaves, between ASGI's dictionaries and our own words."""

import asyncio
import re
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import orjson

from onevec.exchange import HttpReply

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

JSON = b"application/json"
CLOSE = ((b"connection", b"close"),)

_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


class ClientGoneError(Exception):
    """The client has closed its connection: there is nobody left to answer."""


@dataclass(slots=True)
class Request:
    """One request whose body is still to be read.

    Attributes:
        headers: Names in lower case; a header that was sent twice has both values, joined by a comma.
        path: What the variable parts of the route hold.
        client: Address of the other side.
        unread: Whether there is a body of which nobody has seen the end.
    """

    method: str
    headers: Mapping[str, str] = field(repr=False)
    query: bytes
    path: Mapping[str, str]
    client: str | None
    receive: Receive = field(repr=False)
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered."""

    status: int
    body: bytes = field(repr=False)
    content_type: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


def json_reply(value: object, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Reply:
    """A success with a JSON body."""
    return Reply(200, orjson.dumps(value), headers=headers)


def from_wire(reply: HttpReply) -> Reply:
    """A wire's reply, its content type told apart from its other headers."""
    headers = tuple((n.encode(), _header_value(v)) for n, v in reply.headers.items() if n != "content-type")
    return Reply(reply.status, reply.body, reply.headers.get("content-type", "application/json").encode(), headers)


def _header_value(text: str) -> bytes:
    """A code may come from a provider: what a header cannot hold becomes a question mark."""
    return bytes(byte if 32 <= byte < 127 else 63 for byte in text.encode("latin-1", "replace"))


def read_scope(scope: Scope, receive: Receive) -> Request:
    """The request of an ASGI scope."""
    client = scope.get("client")
    headers = _headers(scope["headers"])
    return Request(
        scope["method"],
        headers,
        scope["query_string"],
        scope.get("path_params") or {},
        client[0] if client else None,
        receive,
        unread="transfer-encoding" in headers or headers.get("content-length", "0") != "0",
    )


def _headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw, value in pairs:
        name, text = raw.decode("latin-1"), value.decode("latin-1")
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    return headers


def request_id(headers: Mapping[str, str]) -> str:
    """The client's own id of the request when it is sane, else a new one."""
    asked = headers.get("x-ms-client-request-id", "")
    return asked if _SANE_ID.fullmatch(asked) else str(uuid.uuid4())


UNREAD = 1024 * 1024
"""Bytes of an unread body that the HTTP server may pass over to keep the connection."""

LINGER_BYTES = 64 * 1024 * 1024
LINGER_SECONDS = 5.0


async def send_reply(
    send: Send, reply: Reply, request: Request, request_id: str, more: Sequence[tuple[bytes, bytes]], *, close: bool
) -> None:
    """Send a reply whole; both names of the request's id go with every one.

    A refusal may come before the body has been read. Most clients send all before they read, and a connection that is
    closed with bytes unread is reset, reply and all: so a small rest is left to the HTTP server to pass over, and of a
    large one a bounded part is passed over here before the end.
    """
    linger = request.unread and _announced(request) > UNREAD
    await send(
        {
            "type": "http.response.start",
            "status": reply.status,
            "headers": [
                (b"content-type", reply.content_type),
                (b"content-length", b"%d" % len(reply.body)),
                (b"x-request-id", reply_id := request_id.encode("ascii")),
                (b"apim-request-id", reply_id),
                *reply.headers,
                *more,
                *(CLOSE if close or linger else ()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": reply.body, "more_body": linger})
    if linger:
        await _pass_over(request.receive)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _announced(request: Request) -> float:
    text = request.headers.get("content-length", "")
    return int(text[:20]) if text.isascii() and text.isdigit() else float("inf")


async def _pass_over(receive: Receive) -> None:
    seen, more = 0, True
    try:
        async with asyncio.timeout(LINGER_SECONDS):
            while more and seen < LINGER_BYTES:
                message = await receive()
                seen += len(message.get("body", b""))
                more = message.get("more_body", False)
    except TimeoutError:
        return
