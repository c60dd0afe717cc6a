"""Reloading: another configuration in a running server, and no request lost.

What is new is made beside what is served, then takes its place in one assignment. Requests under way are answered by
what they began with, which is closed after the last of them.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from onevec.errors import OnevecError
from onevec.gateway import Gateway
from onevec.gateway.settings.config import Config
from onevec.server.app import Application, build
from onevec.server.door import Lifecycle
from onevec.server.messages import Receive, Scope, Send
from onevec.server.observing.logs import Lines
from onevec.server.observing.metrics import Metrics

log = logging.getLogger("onevec.server")

REFUSED = "the configuration is refused, the one before stays in force: %s"


@dataclass(frozen=True, slots=True)
class Served:
    """What is behind the HTTP for as long as a configuration is in force.

    Attributes:
        config: The configuration.
        gateway: What was made of it.
        close: Gives back, blocking, the models and connections that nothing else uses.
    """

    config: Config
    gateway: Gateway
    close: Callable[[], None]


class Generation:
    """An application, with a count of the requests that are under way in it."""

    def __init__(self, served: Served, application: Application) -> None:
        self.served = served
        self.application = application
        self._requests = 0
        self._over = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        self._requests += 1
        try:
            await self.application(scope, receive, send)
        finally:
            self._requests -= 1
            if not self._requests:
                self._over.set()

    async def aclose(self) -> None:
        """Give back what it holds, after its last request; nobody may send it another."""
        while self._requests:
            self._over.clear()
            await self._over.wait()
        await self.application.aclose()
        await asyncio.to_thread(self.served.close)


class Reloading:
    """The ASGI application that others take turns behind.

    Args:
        served: What is served first.
        renew: Makes, in a thread, what comes after: of the settings as they are now. Raises OnevecError where they are
            wrong, and has then changed nothing.
        log: Where a line for each request goes.
        metrics: The server's figures, over all reloads.
    """

    def __init__(
        self,
        served: Served,
        renew: Callable[[Served], Served],
        log: Lines | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self.lifecycle = Lifecycle()
        self.metrics = metrics or Metrics()
        self._log = log
        self._renew = renew
        self._current = self._generation(served)
        self._asked = False
        self._turn: asyncio.Task[None] | None = None
        self._leaving: asyncio.Task[None] | None = None

    @property
    def served(self) -> Served:
        """What answers the next request."""
        return self._current.served

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or start and stop."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._current(scope, receive, send)

    def ask(self) -> None:
        """Read the settings again soon. However often it is asked meanwhile, one more reload follows the one under way.

        Must be called in the event loop.
        """
        self._asked = True
        if self._turn is None or self._turn.done():
            self._turn = asyncio.get_running_loop().create_task(self._take_turns())

    async def reload(self) -> bool:
        """Read the settings again; whether they are in force. What is wrong with them is in the log."""
        try:
            served = await asyncio.to_thread(self._renew, self.served)
        except OnevecError as exc:
            log.error(REFUSED, exc.message)
            self.metrics.reloaded("refused")
            return False
        except Exception:
            log.exception("the configuration could not be read, the one before stays in force")
            self.metrics.reloaded("refused")
            return False
        before, self._current = self._current, self._generation(served)
        self.metrics.reloaded("ok")
        log.info("the configuration is in force: %s", ", ".join(served.config.deployments))
        self._leaving = asyncio.create_task(_close(before, self._leaving))
        return True

    async def _take_turns(self) -> None:
        while self._asked and not self.lifecycle.draining:
            self._asked = False
            await self.reload()

    def _generation(self, served: Served) -> Generation:
        application = build(served.gateway, served.config, self._log, metrics=self.metrics, lifecycle=self.lifecycle)
        self.metrics.loaded(time.time())
        return Generation(served, application)

    async def _live(self, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({"type": f"{message['type']}.complete"})
        if self._turn is not None:
            await self._turn
        await _close(self._current, self._leaving)
        await send({"type": "lifespan.shutdown.complete"})


async def _close(generation: Generation, before: asyncio.Task[None] | None) -> None:
    """Close it after the one before, which may still be at work with what this one has taken over."""
    if before is not None:
        await before
    try:
        await generation.aclose()
    except Exception:
        log.exception("what was served before could not be closed")
