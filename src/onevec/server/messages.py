"""A request as a handler sees it and a reply as it leaves, between ASGI's dictionaries and our own words."""

import random
import re
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
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
    if _SANE_ID.fullmatch(asked):
        return asked
    # It has to be rare, not secret. `uuid4` asks the kernel, which gives up the interpreter's lock to a busy engine.
    return str(uuid.UUID(int=random.getrandbits(128), version=4))
