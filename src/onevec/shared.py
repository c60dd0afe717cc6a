"""Models that another process of ours runs, for several processes that answer together: one copy of the weights.

:class:`SharedModels` finds embedders as :class:`Embedders` does, local ones over there; :class:`Lent` is what stands
behind `server/processes/sharing.py` in the process that runs them.
"""

import asyncio
import itertools
import os
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import msgspec

from onevec.embedders import LOCAL, Embedders, Endpoint, Store
from onevec.errors import ProviderConnectionError
from onevec.exchange import HttpReply, HttpRequest
from onevec.handover import Found, pack_request, unpack_error, unpack_result
from onevec.providers import split_model
from onevec.spaces import VectorSpace
from onevec.transport import HttpSettings, HttpTransport
from onevec.types import BatchObserver, Capabilities, Embedder, EmbedRequest, EmbedResult, RunsBatches

TRIES = 3
"""How often a request is handed over to a process that ends meanwhile: another takes its place in a second or two."""

LONGEST = 86_400.0
"""Seconds. Who asks has a deadline of his own, and says when he gives up."""

MOST_BATCHES = 10_000
"""That wait to be told to somebody; past it the oldest are forgotten."""

GONE = 410
"""The status for a model that the process does not have: it is another than the one that loaded it."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the process listens, on this machine alone, and the word that it asks for."""

    port: int
    token: str = field(repr=False)


class Line:
    """The way to the process that has the models; any number of threads and embedders may share one."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._transport = HttpTransport(HttpSettings(timeout=LONGEST, proxy=""))
        self._numbers = itertools.count()
        self._saying: set[asyncio.Task[bytes | None]] = set()

    def user(self) -> str:
        """Another name under which models are had; it tells which process has them."""
        return f"{os.getpid()}.{next(self._numbers)}"

    def ask(self, path: str, body: bytes) -> bytes | None:
        """The answer, blocking; None when the process does not know the model. Raises what it raised over there."""
        for left in reversed(range(TRIES)):
            try:
                return _read(self._transport.send(self._request(path, body)))
            except ProviderConnectionError:
                if not left:
                    raise
        raise AssertionError("unreachable")

    async def aask(self, path: str, body: bytes) -> bytes | None:
        """The same, without blocking the event loop."""
        for left in reversed(range(TRIES)):
            try:
                return _read(await self._transport.asend(self._request(path, body)))
            except ProviderConnectionError:
                if not left:
                    raise
        raise AssertionError("unreachable")

    def say(self, path: str) -> None:
        """Say something soon, and wait for no answer; must be called in an event loop.

        Hanging up would not do: the library keeps a connection that nobody waits on until its answer has come.
        """
        task = asyncio.get_running_loop().create_task(self.aask(path, b""))
        self._saying.add(task)
        task.add_done_callback(self._said)

    def _said(self, task: asyncio.Task[bytes | None]) -> None:
        self._saying.discard(task)
        if not task.cancelled():
            task.exception()  # a process that is gone has dropped the work already

    def _request(self, path: str, body: bytes) -> HttpRequest:
        headers = {"authorization": f"Bearer {self._address.token}"}
        return HttpRequest("POST", f"http://127.0.0.1:{self._address.port}{path}", headers, body)


def _read(reply: HttpReply) -> bytes | None:
    if reply.status == GONE:
        return None
    if reply.status != 200:
        raise unpack_error(reply.body)
    return reply.body


class SharedEmbedder:
    """A model over there.

    Args:
        line: The way to it.
        user: In whose name it is had.
        model: Its name.
        client_args: The options that it is loaded with.
    """

    def __init__(self, line: Line, user: str, model: str, client_args: Mapping[str, Any]) -> None:
        self._line = line
        self._wanted = msgspec.msgpack.encode({"user": user, "model": model, "client_args": dict(client_args)})
        self._calls = itertools.count()
        self._user = user
        self._observers: list[BatchObserver] = []
        self._found = _found(line.ask("/find", self._wanted))

    @property
    def space(self) -> VectorSpace | None:
        """The space of its full vectors."""
        return self._found.space

    @property
    def capabilities(self) -> Capabilities:
        """What it can do: all that it could in this process."""
        return self._found.capabilities

    def embed(self, request: EmbedRequest) -> EmbedResult:
        """Embed, blocking the calling thread."""
        body = pack_request(request)
        answer = self._line.ask(self._path(self._call()), body)
        while answer is None:
            self._found = _found(self._line.ask("/find", self._wanted))
            answer = self._line.ask(self._path(self._call()), body)
        return self._told(answer)

    async def aembed(self, request: EmbedRequest) -> EmbedResult:
        """Embed, without blocking the event loop; cancelling drops the work over there, too."""
        body, call = pack_request(request), self._call()
        try:
            answer = await self._line.aask(self._path(call), body)
            while answer is None:
                self._found = _found(await self._line.aask("/find", self._wanted))
                answer = await self._line.aask(self._path(call), body)
        except asyncio.CancelledError:
            self._line.say(f"/cancel/{call}")
            raise
        return self._told(answer)

    def on_batch(self, observer: BatchObserver) -> None:
        """Tell the observer of batches from now on: each is told once, in one of the processes that share the model."""
        self._observers.append(observer)

    def _told(self, answer: bytes) -> EmbedResult:
        result, batches = unpack_result(answer)
        for texts, tokens in batches:
            for observe in self._observers:
                observe(texts, tokens)
        return result

    def _call(self) -> str:
        return f"{self._user}.{self._found.number}.{next(self._calls)}"

    def _path(self, call: str) -> str:
        return f"/embed/{self._user}/{self._found.number}/{call}"


def _found(answer: bytes | None) -> Found:
    return msgspec.msgpack.decode(answer or b"", type=Found)


class SharedModels(Embedders):
    """Finds embedders, local ones in the process at the other end of a line.

    Args:
        line: The way there.
        store: As for `Embedders`.
    """

    def __init__(self, line: Line, store: Store | None = None) -> None:
        super().__init__(store=store)
        self._line = line
        self._user = line.user()
        self._lends = False

    def successor(self) -> "SharedModels":
        """Another one over the same line; what both use stays loaded when one of them is closed."""
        return SharedModels(self._line, self._store)

    def find(self, model: str, endpoint: Endpoint) -> tuple[Embedder, str]:
        """As :meth:`Embedders.find`; waits for the model to be loaded over there."""
        row, name = split_model(model, endpoint.provider)
        if row.name != LOCAL:
            return super().find(model, endpoint)
        self._lends = True
        return SharedEmbedder(self._line, self._user, name, endpoint.client_args), name

    async def afind(self, model: str, endpoint: Endpoint) -> tuple[Embedder, str]:
        """The same, and the event loop goes on."""
        return await asyncio.to_thread(self.find, model, endpoint)

    def close(self) -> None:
        """Close connections and let go of models, as far as nobody else has them."""
        super().close()
        if self._lends:
            self._lends = False
            self._line.ask("/release", msgspec.msgpack.encode({"user": self._user}))


class Lent:
    """The models of a process that runs them for others, and who has which."""

    def __init__(self, embedders: Embedders) -> None:
        self._root = embedders
        self._users: dict[str, tuple[Embedders, list[Embedder]]] = {}
        self._batches: WeakKeyDictionary[Embedder, deque[tuple[int, int]]] = WeakKeyDictionary()

    async def find(self, user: str, model: str, client_args: Mapping[str, Any]) -> Found:
        """Load a model, unless it is there, for a user. Raises as :meth:`Embedders.afind`."""
        embedders, had = self._users.setdefault(user, (self._root.successor(), []))
        embedder, _ = await embedders.afind(model, Endpoint(LOCAL, client_args=client_args))
        if embedder not in had:
            had.append(embedder)
            self._watch(embedder)
        await self._forget_the_dead()  # only now: what the dead had may be what is wanted
        return Found(had.index(embedder), embedder.space, embedder.capabilities)

    def get(self, user: str, number: int) -> Embedder | None:
        """A model that a user has; None when he has not: another process has given him that number."""
        had = self._users[user][1] if user in self._users else []
        return had[number] if number < len(had) else None

    def batches(self, embedder: Embedder) -> tuple[tuple[int, int], ...]:
        """Texts and tokens of each batch since this was last asked."""
        waiting = self._batches.get(embedder, ())
        return tuple(waiting.popleft() for _ in range(len(waiting))) if isinstance(waiting, deque) else ()

    def _watch(self, embedder: Embedder) -> None:
        if isinstance(embedder, RunsBatches) and embedder not in self._batches:
            kept = self._batches[embedder] = deque[tuple[int, int]](maxlen=MOST_BATCHES)
            embedder.on_batch(lambda texts, tokens: kept.append((texts, tokens)))

    async def release(self, user: str) -> None:
        """Unload what nobody else has."""
        if user in self._users:
            await asyncio.to_thread(self._users.pop(user)[0].close)

    async def _forget_the_dead(self) -> None:
        """A process that was killed has released nothing."""
        for user in [*self._users]:
            if not _lives(int(user.partition(".")[0])):
                await self.release(user)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's, who has its number now or had it all along
        return True
    return True
