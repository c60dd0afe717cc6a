"""Service: from a recipe to what is served, now and after each reload; the one module here that makes embedders."""

import asyncio
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import msgspec

from onevec.embedders import Embedders
from onevec.gateway import Gateway
from onevec.gateway.settings.config import Config
from onevec.gateway.succession import successor
from onevec.server.observing.logs import Lines, WholeLines
from onevec.server.observing.metrics import Metrics
from onevec.server.processes.recipe import Recipe
from onevec.server.processes.reloading import Reloading, Served
from onevec.server.processes.run import run
from onevec.server.processes.sharing import Sharing
from onevec.shared import Address, Lent, Line, SharedModels

REFRESH_SECONDS = 1.0
"""How old another process's gauges are at most."""


class Supply:
    """Makes what is served, each time sharing with the one before what both need.

    Args:
        recipe: Where the settings are.
        embedders: What finds and keeps the models that are served first.
    """

    def __init__(self, recipe: Recipe, embedders: Embedders) -> None:
        self._recipe = recipe
        self._embedders = embedders

    def renew(self, before: Served) -> Served:
        """What the settings, read again, ask for.

        Raises:
            OnevecError: they are wrong, or cannot be kept; nothing has changed.
        """
        config = self._recipe.again(before.config)
        embedders = self._embedders.successor()
        try:
            gateway = successor(before.gateway, config, embedders)
        except BaseException:
            embedders.close()
            raise
        self._embedders = embedders
        return Served(config, gateway, embedders.close)


def serving(config: Config, threads: int | None = None) -> Served:
    """What a configuration asks for; models are loaded, which takes a while, and compute with so many threads.

    Raises:
        OnevecError: as :meth:`Gateway.from_config`.
    """
    return _served(config, Embedders(threads=threads))


def _served(config: Config, embedders: Embedders) -> Served:
    return Served(config, Gateway.from_config(config, embedders), embedders.close)


class Hangups:
    """Notes a SIGHUP that comes while models are loaded, when nobody can heed it yet."""

    def __init__(self) -> None:
        self.heard = False
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, self._note)

    def _note(self, *_: object) -> None:
        self.heard = True


def answer(
    recipe: Recipe,
    config: Config,
    listener: socket.socket,
    started: Callable[[], None],
    shared: Path | None = None,
    engine: Address | None = None,
) -> None:
    """Load what is served and serve it until a signal comes; with a file, SIGHUP reads it again.

    Args:
        recipe: Where the settings are.
        config: What it said.
        listener: Where to listen; closed at the end.
        started: Called once connections are answered.
        shared: The folder of figures, where this process is one of several.
        engine: Where another process runs local models for this one.

    Raises:
        OnevecError: as :meth:`Gateway.from_config`; nothing has been answered.
    """
    hangups = Hangups() if recipe.path else None
    embedders = SharedModels(Line(engine)) if engine else Embedders.one_of(config.server.workers)
    supply, metrics = Supply(recipe, embedders), Metrics(shared)
    application = Reloading(_served(config, embedders), supply.renew, request_log(config), metrics)

    def begin() -> None:
        if hangups is not None and hangups.heard:
            application.ask()
        if shared is not None:
            _keep_fresh(metrics)
        started()

    heeds = hangups is not None and hasattr(signal, "SIGHUP")
    run(application, config, listener, begin, application.ask if heeds else None)


def lend(config: Config, listener: socket.socket, started: Callable[[], None], token: str) -> None:
    """Run local models for the other processes of this server until SIGTERM comes.

    Args:
        config: Its `[server]`.
        listener: Where they ask.
        started: Called once they can.
        token: What they show.
    """

    def begin() -> None:
        # Ctrl-C reaches every process: the others still need this one to answer what they have accepted.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        started()

    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with closing(Embedders()) as embedders:
        alone = replace(config, server=msgspec.structs.replace(config.server, workers=1))
        run(Sharing(Lent(embedders), token), alone, listener, begin)


def request_log(config: Config) -> Lines | None:
    """Where a line for each request goes, when the settings want one."""
    if config.server.log_level not in ("debug", "info"):
        return None
    return sys.stderr.buffer if config.server.workers == 1 else WholeLines(sys.stderr.buffer)


def _keep_fresh(metrics: Metrics) -> None:
    metrics.watched.refresh()
    asyncio.get_running_loop().call_later(REFRESH_SECONDS, _keep_fresh, metrics)
