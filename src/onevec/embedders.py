"""Finding the embedder that a call, or a deployment, names; keeping what is costly to make.

Argument over client over environment over default: all of it is resolved here, nowhere else.
"""

import asyncio
import os
import threading
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from onevec import engine
from onevec.credentials import Renewable, renewable
from onevec.engine.threads import share
from onevec.exchange import Transport
from onevec.providers import Credential, ProviderMetadata, resolve_base, resolve_key, split_model, split_url
from onevec.remote import RemoteEmbedder, RemoteOptions
from onevec.transport import HttpTransport
from onevec.types import Embedder, SupportsClose

if TYPE_CHECKING:
    from onevec.engine.engine import LocalEmbedder

Kept = TypeVar("Kept", bound=SupportsClose)

LOCAL = "local"
"""The provider that is this machine."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a call goes and with what credentials; None where the next in line decides."""

    provider: object = None
    api_key: str | None = field(default=None, repr=False)
    api_base: str | None = None
    client_args: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def over(self, default: "Endpoint") -> "Endpoint":
        """This one, with what it leaves open taken from `default`."""
        return Endpoint(
            self.provider or default.provider,
            self.api_key or default.api_key,
            self.api_base or default.api_base,
            {**default.client_args, **self.client_args},
        )


def _located(model: str, endpoint: Endpoint) -> Endpoint:
    """The endpoint, at the URL that the model string names where it names one."""
    found = split_url(model) if endpoint.provider is None else None
    return replace(endpoint, api_base=found[0]) if found else endpoint


@dataclass(slots=True, eq=False)
class _Place:
    """Where one thing is, or will be: whoever comes first makes it, and only who wants the same one waits."""

    users: set[object] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)
    kept: SupportsClose | None = None


class Store:
    """What is costly to make, by what it was made of; closed when the last of those who share it lets go."""

    def __init__(self) -> None:
        self._places: dict[Hashable, _Place] = {}
        self._lock = threading.RLock()

    def get(self, user: object, key: Hashable) -> SupportsClose | None:
        """What is there for a user who has asked for it before."""
        place = self._places.get(key)
        return place.kept if place is not None and user in place.users else None

    def take(self, user: object, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """What is there, or else is made now, for a user more."""
        with self._lock:
            place = self._places.setdefault(key, _Place())
            place.users.add(user)
        with place.lock:
            if place.kept is None:
                place.kept = make()
            return cast("Kept", place.kept)

    def release(self, user: object) -> None:
        """Close what only this user had, in the opposite order of its making."""
        with self._lock:
            for place in self._places.values():
                place.users.discard(user)
            left = [key for key, place in self._places.items() if not place.users]
            places = [self._places.pop(key) for key in reversed(left)]
        for place in places:
            with place.lock:
                if place.kept is not None:
                    place.kept.close()


class Embedders:
    """Finds the embedder for a call, and keeps what is costly to make: loaded models and pools of connections.

    Threads and event loops may share one.

    Args:
        environ: Where keys are found that no call gives.
        threads: Processor threads for a local model that says nothing of them; None takes all that there are.
        store: What it keeps things in, when it shares them with others.
    """

    def __init__(
        self, environ: Mapping[str, str] = os.environ, *, threads: int | None = None, store: Store | None = None
    ) -> None:
        self._environ = environ
        self._threads = threads
        self._store = store or Store()

    @classmethod
    def one_of(cls, processes: int) -> Self:
        """For one of several processes that compute side by side: they divide the processors."""
        return cls(threads=share(processes) if processes > 1 else None)

    def successor(self) -> "Embedders":
        """Another one with the same settings: what both use is loaded once, and stays when one of them is closed."""
        return Embedders(self._environ, threads=self._threads, store=self._store)

    def find(self, model: str, endpoint: Endpoint) -> tuple[Embedder, str]:
        """The embedder for a model string, and the model's own name.

        Raises:
            InvalidRequestError: no provider in the model string, or none of that name.
            ConfigurationError: a missing key, a malformed base URL, an unknown or wrong client argument.
            ModelError: a local model that cannot be loaded.
        """
        row, name = split_model(model, endpoint.provider)
        if row.name == LOCAL:
            key, load = self._local(name, endpoint)
            return self._keep(key, load), name
        return self._remote(row, name, _located(model, endpoint)), name

    async def afind(self, model: str, endpoint: Endpoint) -> tuple[Embedder, str]:
        """The same, and the event loop goes on while a model is loaded."""
        row, name = split_model(model, endpoint.provider)
        if row.name == LOCAL:
            key, load = self._local(name, endpoint)
            kept = self._store.get(self, key)
            return cast("Embedder", kept or await asyncio.to_thread(self._keep, key, load)), name
        if row.source:  # a vendor's library and configuration are read from disk, and perhaps over the network
            return await asyncio.to_thread(self._remote, row, name, _located(model, endpoint)), name
        return self._remote(row, name, _located(model, endpoint)), name

    def close(self) -> None:
        """Close every connection and unload every model that no other shares; closing twice is harmless."""
        self._store.release(self)

    def _local(self, model: str, endpoint: Endpoint) -> tuple[Hashable, Callable[[], "LocalEmbedder"]]:
        options = engine.LocalOptions.from_client_args({"threads": self._threads, **endpoint.client_args})
        return (LOCAL, model, options), lambda: engine.load(model, options)

    def _remote(self, row: ProviderMetadata, model: str, endpoint: Endpoint) -> Embedder:
        options = RemoteOptions.from_client_args(endpoint.client_args, row)
        credential = resolve_key(row, endpoint.api_key, self._environ)
        transport = options.transport or self._keep(("http", options.http), lambda: HttpTransport(options.http))
        signer = self._signer(row, credential, transport)
        base = resolve_base(row, endpoint.api_base, self._environ, signer.settings if signer else dict)
        return RemoteEmbedder(row, model, base, credential, options, transport, signer=signer)

    def _signer(self, row: ProviderMetadata, credential: Credential, transport: Transport) -> Renewable | None:
        """What fetches a credential; kept, and with it what it has fetched."""
        if credential.source is None:
            return None
        # It holds its transport, so that no other one gets the same id.
        key = (row.name, credential.value, credential.iam_url, id(transport))
        return self._keep(key, lambda: cast("Renewable", renewable(row, credential, transport)))

    def _keep(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        return self._store.take(self, key, make)
