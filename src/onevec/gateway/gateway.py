"""Gateway: everything behind the HTTP in one value, made of a configuration."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from onevec.errors import OnevecError
from onevec.gateway.callers import Caller, Callers
from onevec.gateway.config import Config
from onevec.gateway.deployment import Deployment, Deployments
from onevec.gateway.entra import EntraTokens, Trust
from onevec.gateway.jwks import KeySet, load_pyjwt
from onevec.gateway.keys import KeysFile, WatchedKeys
from onevec.gateway.limits import CallerLimits, Grant
from onevec.gateway.queue import estimated_tokens
from onevec.gateway.stack import Finder, deploy, endpoints
from onevec.transport import HttpSettings, HttpTransport
from onevec.types import EmbedRequest, Usage

KEY_SET_BYTES = 1 << 20
"""An issuer's key set is a few kilobytes."""


class Gateway:
    """Deployments, callers and limits.

    Args:
        config: What it was made of.
        deployments: What is served.
        callers: Who is let in.
        limits: How much each of them may.
        transport: What fetches an issuer's keys; the gateway closes it.
    """

    def __init__(
        self,
        config: Config,
        deployments: Deployments,
        callers: Callers,
        limits: CallerLimits,
        transport: HttpTransport | None = None,
    ) -> None:
        self.config = config
        self.deployments = deployments
        self.callers = callers
        self.limits = limits
        self._transport = transport

    @classmethod
    def from_config(
        cls,
        config: Config,
        finder: Finder,
        environ: Mapping[str, str] = os.environ,
        *,
        limits: CallerLimits | None = None,
    ) -> Self:
        """Make everything that a configuration asks for; local models are loaded, which takes a while.

        Args:
            config: What is asked for.
            finder: Who finds the embedders.
            environ: Where variables are read.
            limits: Counts that go on, instead of new ones.

        Raises:
            ConfigurationError: a setting that cannot be kept; names file, line and key.
            ModelError: a local model that cannot be loaded.
        """
        transport = HttpTransport(HttpSettings(timeout=10.0, connect_timeout=5.0), max_body=KEY_SET_BYTES)
        callers = _callers(config, transport)
        deployments = Deployments([deploy(name, config, finder, environ) for name in config.deployments])
        return cls(config, deployments, callers, limits or CallerLimits(config.limits), transport)

    async def authenticate(self, headers: Mapping[str, str], host: str | None) -> Caller:
        """Who sent a request; see :meth:`onevec.gateway.callers.Callers.authenticate`."""
        return await self.callers.authenticate(headers, host)

    async def admit(self, caller: Caller, deployment: Deployment, request: EmbedRequest) -> Grant:  # noqa: ARG002
        """Count a request of a caller.

        Raises:
            RateLimitError: too many requests or tokens in the last minute; `retry_after` says when.
        """
        return await self.limits.admit(caller.id, estimated_tokens(request))

    async def settle(self, grant: Grant, usage: Usage) -> None:
        """Charge what a request used beyond the estimate."""
        await self.limits.settle(grant, usage)

    async def aclose(self) -> None:
        """Give back what the gateway opened; embedders belong to whoever found them."""
        if self._transport is not None:
            await self._transport.aclose()


def preflight(config: Config, environ: Mapping[str, str] = os.environ) -> None:
    """Check what can be checked without loading a model or calling anybody: variables, keys, extras of `[auth]`.

    Raises:
        ConfigurationError: names file, line and key.
    """
    _callers(config, HttpTransport())
    for name in config.deployments:
        endpoints(name, config, environ)


def _callers(config: Config, transport: HttpTransport) -> Callers:
    auth = config.auth
    try:
        keys = WatchedKeys(KeysFile(beside(config, auth.keys))) if auth.keys is not None else None
        if auth.entra is None:
            return Callers(keys)
        load_pyjwt()
        trust = Trust.of(auth.entra)
        return Callers(keys, EntraTokens(trust, KeySet(trust.jwks_url, transport)))
    except OnevecError as exc:
        raise config.source.error(("auth", exc.param or "keys"), exc.message, cause=exc) from exc


def beside(config: Config, path: str) -> Path:
    """A path of the configuration; a relative one starts at the folder of its file."""
    return Path(config.source.name).parent / Path(path).expanduser()
