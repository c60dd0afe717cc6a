"""Gateway: everything behind the HTTP in one value, made of a configuration."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Self

from onevec.errors import ConfigurationError, OnevecError
from onevec.gateway.access.callers import Caller, Callers
from onevec.gateway.access.entra import EntraTokens, Trust
from onevec.gateway.access.jwks import KeySet, load_pyjwt
from onevec.gateway.access.keyring import Entry
from onevec.gateway.access.keys import KeysFile, WatchedKeys
from onevec.gateway.accounts.bookkeeping import Bookkeeping
from onevec.gateway.accounts.charges import Accounts, Charge
from onevec.gateway.cache import VectorCache, open_cache
from onevec.gateway.deployment import Deployment, Deployments
from onevec.gateway.settings.config import Config
from onevec.gateway.settings.references import redis_of
from onevec.gateway.stack import Finder, deploy, endpoints
from onevec.transport import HttpSettings, HttpTransport
from onevec.types import EmbedRequest

KEY_SET_BYTES = 1 << 20
"""An issuer's key set is a few kilobytes."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a gateway takes over from the one before it; :mod:`onevec.gateway.succession` says when."""

    accounts: Accounts | None = None
    books: Bookkeeping | None = None
    cache: VectorCache | None = None


NOTHING_KEPT = Kept()


class Gateway:
    """Deployments, callers and their accounts.

    Args:
        config: What it was made of.
        deployments: What is served.
        callers: Who is let in.
        accounts: How much each of them may use, and has used.
        transport: What fetches an issuer's keys; the gateway closes it.
        books: Where replicas count together and usage is written down; the gateway closes it.
        cache: What remembers vectors, or None; the gateway closes it, unless it hands it over.
    """

    def __init__(
        self,
        config: Config,
        deployments: Deployments,
        callers: Callers,
        accounts: Accounts,
        transport: HttpTransport | None = None,
        books: Bookkeeping | None = None,
        cache: VectorCache | None = None,
    ) -> None:
        self.config = config
        self.deployments = deployments
        self.callers = callers
        self.accounts = accounts
        self.books = books
        self.cache = cache
        self._transport = transport
        self._left: tuple[object, ...] = ()
        self._served = lru_cache(maxsize=256)(deployments.only)

    @classmethod
    def from_config(
        cls,
        config: Config,
        finder: Finder,
        environ: Mapping[str, str] = os.environ,
        *,
        kept: Kept = NOTHING_KEPT,
    ) -> Self:
        """Make everything that a configuration asks for; local models are loaded, which takes a while.

        Args:
            config: What is asked for.
            finder: Who finds the models.
            environ: Where variables are read.
            kept: What another gateway leaves to this one, which has to :meth:`hand_over` when this has not raised.

        Raises:
            ConfigurationError: a setting that cannot be kept; names file, line and key.
            ModelError: a local model that cannot be loaded.
        """
        transport = HttpTransport(HttpSettings(timeout=10.0, connect_timeout=5.0), max_body=KEY_SET_BYTES)
        callers = _callers(config, transport)
        books = kept.books or Bookkeeping.of(config, environ)
        cache = kept.cache or _cache(config, environ)
        deployments = Deployments([deploy(name, config, finder, environ, cache) for name in config.deployments])
        return cls(config, deployments, callers, kept.accounts or books.open(), transport, books, cache)

    async def authenticate(self, headers: Mapping[str, str], host: str | None) -> Caller:
        """Who sent a request; see :meth:`onevec.gateway.access.callers.Callers.authenticate`."""
        return await self.callers.authenticate(headers, host)

    def served(self, caller: Caller) -> Deployments:
        """The deployments that a caller may use."""
        names = caller.policy.deployments
        return self._served(names) if names else self.deployments

    def charge(self, caller: Caller, deployment: Deployment, request: EmbedRequest) -> Charge:
        """The context in which a caller's request is embedded: limits, budgets, ledger.

        See :class:`onevec.gateway.accounts.charges.Charge`, which also says what entering it raises.
        """
        return self.accounts.charge(caller, deployment, request)

    def hand_over(self, heir: "Gateway") -> None:
        """Leave to another gateway what it has taken over: that one closes it; this one may use it until then."""
        self._left = (heir.accounts.budgets, heir.accounts.ledger, heir.books and heir.books.redis, heir.cache)

    async def aclose(self) -> None:
        """Settle and write down what is over, and give back what the gateway opened; embedders are their finder's."""
        if self.accounts.budgets not in self._left:
            await self.accounts.settle()
        if self.books is not None:
            await self.books.aclose(self._left)
        if self.cache is not None and self.cache not in self._left:
            await self.cache.aclose()
        if self._transport is not None:
            await self._transport.aclose()


def preflight(config: Config, environ: Mapping[str, str] = os.environ) -> None:
    """Check what can be checked without loading a model or calling anybody: variables, keys, extras.

    Raises:
        ConfigurationError: names file, line and key.
    """
    _callers(config, HttpTransport())
    Bookkeeping.of(config, environ)
    for name in config.deployments:
        endpoints(name, config, environ)


def _callers(config: Config, transport: HttpTransport) -> Callers:
    auth = config.auth
    try:
        keys = WatchedKeys(KeysFile(beside(config, auth.keys))) if auth.keys is not None else None
        _check_counted_together(config, keys.entries if keys else ())
        if auth.entra is None:
            return Callers(keys)
        load_pyjwt()
        trust = Trust.of(auth.entra)
        return Callers(keys, EntraTokens(trust, KeySet(trust.jwks_url, transport)))
    except OnevecError as exc:
        raise config.source.error(("auth", exc.param or "keys"), exc.message, cause=exc) from exc


def _check_counted_together(config: Config, entries: Sequence[Entry]) -> None:
    """Refuse limits and budgets of keys that each of several workers would count for itself."""
    counted = next((entry.name for entry in entries if entry.policy is not None and entry.policy.counted), None)
    if counted is not None and config.server.workers > 1 and config.redis is None:
        raise ConfigurationError(
            f"the key of {counted} has limits or budgets, which each of {config.server.workers} workers would count "
            "for itself: add [redis], where they count together, or leave server.workers at 1",
            param="keys",
        )


def _cache(config: Config, environ: Mapping[str, str]) -> VectorCache | None:
    if config.cache is None:
        return None
    redis = redis_of(config, environ)
    try:
        return open_cache(config.cache, beside(config, ""), redis)
    except OnevecError as exc:
        raise config.source.error(("cache", exc.param or "disk"), exc.message, cause=exc) from exc


def beside(config: Config, path: str) -> Path:
    """A path of the configuration; a relative one starts at the folder of its file."""
    return Path(config.source.name).parent / Path(path).expanduser()
