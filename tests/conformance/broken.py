"""A server that is right but for one planted fault: our own application behind ASGI that changes what passes."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Asked:
    """A request, read whole."""

    method: str
    path: str
    query: bytes
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Its fields; none where it is no object."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Answered:
    """A reply, whole; one with `cut` breaks off before its end, one that is `late` never comes."""

    status: int
    headers: dict[str, str]
    body: bytes
    cut: bool = False
    late: bool = False

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def written(self, body: Any) -> "Answered":
        return replace(self, body=json.dumps(body).encode())


@dataclass(frozen=True)
class Fault:
    """What is wrong with a server, and by which checks alone that is found."""

    name: str
    found_by: set[str]
    reply: Callable[[Asked, Answered], Answered] = lambda asked, answered: answered
    request: Callable[[Asked], Asked] = lambda asked: asked
    timeout: float = 30.0


NONE = Fault("none", set())


@dataclass
class Broken:
    """The ASGI application round another one."""

    application: Any
    key: str = ""
    fault: Fault = NONE
    seen: list[Asked] = field(default_factory=list)

    @property
    def lifecycle(self) -> Any:
        return self.application.lifecycle

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        asked = await read(scope, receive)
        self.seen.append(asked)
        sent = self.fault.request(asked)
        sent = replace(sent, headers={name: value.replace("KEY", self.key) for name, value in sent.headers.items()})
        answered = self.fault.reply(asked, await answer(self.application, scope, sent))
        if answered.late:
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        await write(send, answered, asked.method == "HEAD")


async def read(scope, receive) -> Asked:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    return Asked(scope["method"], scope["path"], scope["query_string"], headers, body)


async def answer(application, scope, asked: Asked) -> Answered:
    """What the right application answers."""
    headers = asked.headers | ({"content-length": str(len(asked.body))} if asked.body else {})
    changed = scope | {
        "method": asked.method,
        "path": asked.path,
        "raw_path": asked.path.encode(),
        "query_string": asked.query,
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    sent: list[dict[str, Any]] = []
    bodies = iter([{"type": "http.request", "body": asked.body, "more_body": False}])

    async def receive():
        return next(bodies, None) or await asyncio.Event().wait()

    async def send(message):
        sent.append(message)

    await application(changed, receive, send)
    start, *parts = sent
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answered(start["status"], headers, b"".join(part.get("body", b"") for part in parts))


async def write(send, answered: Answered, head: bool) -> None:
    length = len(answered.body) + 100 * answered.cut
    kept = {
        name: value for name, value in answered.headers.items() if name not in ("content-length", "transfer-encoding")
    }
    headers = kept | ({} if head else {"content-length": str(length)})
    listed = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answered.status, "headers": listed})
    await send({"type": "http.response.body", "body": b"" if head else answered.body, "more_body": answered.cut})
    if answered.cut:
        raise ConnectionAbortedError
