"""The ASGI application: a door for each row of ROUTES. A path without variable parts is found by one look-up."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence

import orjson
from starlette.routing import Route as PathRoute
from starlette.routing import Router

from onevec.gateway import Gateway
from onevec.gateway.settings.config import Config, Server
from onevec.server.describing.openapi import document
from onevec.server.describing.pages import docs_page
from onevec.server.door import Door, Handler, Lifecycle, Observer
from onevec.server.embeddings import Embeddings
from onevec.server.messages import Receive, Scope, Send
from onevec.server.models import Models
from onevec.server.observing.figures import watch
from onevec.server.observing.logs import Lines, RequestLog
from onevec.server.observing.metrics import Metrics
from onevec.server.observing.tracing import tracing
from onevec.server.operations import Operations
from onevec.server.playground import Playground
from onevec.server.reading import BodyLimits, BodyReader
from onevec.server.routes import ROUTES, Kind, Route, unknown

MISSING: Mapping[bool, Route] = {openai: unknown(openai=openai) for openai in (False, True)}


class Application:
    """Answers HTTP. Whoever starts it sets `lifecycle.draining` when it is about to stop.

    Args:
        doors: Those of paths without variable parts.
        router: The others.
        missing: What answers a path that nobody has, by whether it looks like OpenAI's.
        on_close: Called when the server stops.
    """

    def __init__(
        self,
        doors: Mapping[str, Door],
        router: Router,
        missing: Mapping[bool, Door],
        lifecycle: Lifecycle,
        on_close: Sequence[Callable[[], object]],
    ) -> None:
        self.lifecycle = lifecycle
        self._doors = doors
        self._router = router
        self._missing = missing
        self._on_close = on_close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or start and stop."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            door = self._doors.get(scope["path"])
            await (door or self._router)(scope, receive, send)

    async def not_found(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a path that is in no row, in the dialect that its beginning suggests."""
        await self._missing[scope["path"].startswith(("/v1/", "/openai/"))](scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({"type": f"{message['type']}.complete"})
        await self.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def aclose(self) -> None:
        """Give back what it was made with; after its last request."""
        for close in self._on_close:
            outcome = close()
            if asyncio.iscoroutine(outcome):
                await outcome


def build(
    gateway: Gateway,
    config: Config,
    log: Lines | None = None,
    *,
    metrics: Metrics | None = None,
    lifecycle: Lifecycle | None = None,
) -> Application:
    """The application over a gateway. The gateway is closed when the application stops.

    Args:
        gateway: The deployments, and who may call them.
        config: What the gateway was made from.
        log: Where a line for each request goes; None writes none.
        metrics: Figures that go on, of an application before this one.
        lifecycle: The same of how the server is.
    """
    lifecycle, metrics = lifecycle or Lifecycle(), metrics or Metrics()
    lifecycle.patience = config.server.body_timeout
    observers: list[Observer] = [metrics, *tracing()]
    on_close: list[Callable[[], object]] = [gateway.aclose]
    if log is not None:
        requests = RequestLog(log)
        observers.append(requests)
        on_close.append(requests.flush)
    watch(metrics, gateway)
    routes = [route for route in ROUTES if _is_served(route.kind, config.server)]
    handlers = _handlers(gateway, config, lifecycle, metrics, routes)
    doors = {r: Door(r, handlers[r.kind], gateway, observers, lifecycle) for r in (*routes, *MISSING.values())}
    router = Router([_variable(r, doors[r]) for r in routes if "{" in r.path], redirect_slashes=False)
    application = Application(
        {r.path: doors[r] for r in routes if "{" not in r.path},
        router,
        {openai: doors[r] for openai, r in MISSING.items()},
        lifecycle,
        on_close,
    )
    router.default = application.not_found
    return application


def _variable(route: Route, door: Door) -> PathRoute:
    """A path with variable parts. A line break in one does not lead to another dialect."""
    found = PathRoute(route.path, door)
    found.path_regex = re.compile(found.path_regex.pattern, re.DOTALL)
    return found


def _is_served(kind: Kind, server: Server) -> bool:
    served = {"docs": server.docs, "openapi": server.docs, "metrics": server.metrics, "playground": server.playground}
    return served.get(kind, True)


def _handlers(
    gateway: Gateway, config: Config, lifecycle: Lifecycle, metrics: Metrics, routes: Sequence[Route]
) -> Mapping[Kind, Handler]:
    described = document(routes, auth=not config.auth.open)
    models = Models(gateway, int(time.time()))
    pages = Operations(lifecycle, metrics, orjson.dumps(described), docs_page(described))
    limits = BodyLimits(largest=config.server.max_body, patience=config.server.body_timeout)
    return {
        "embeddings": Embeddings(gateway, BodyReader(limits)),
        "info": models.info,
        "models": models.listing,
        "model": models.one,
        "live": pages.live,
        "ready": pages.ready,
        "metrics": pages.figures,
        "openapi": pages.openapi,
        "docs": pages.docs,
        "playground": Playground().file,
        "unknown": pages.unknown,
    }
