"""On a Ray cluster: `serve run onevec.server.ray:app config=onevec.toml max_replicas=8`.

Ray's proxies answer the port and share requests among replicas, each of which is our application over models of its
own. Needs the extra `ray`.
"""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from onevec.errors import ConfigurationError, OnevecError
from onevec.gateway import preflight
from onevec.gateway.settings.config import Config
from onevec.gateway.settings.rules import check
from onevec.server.app import Application, build
from onevec.server.messages import Receive, Scope, Send
from onevec.server.processes.recipe import DEFAULT_MODELS, Recipe
from onevec.server.processes.service import request_log, serving

if TYPE_CHECKING:
    from ray import serve

Count = Annotated[int, msgspec.Meta(ge=1)]
Amount = Annotated[float, msgspec.Meta(gt=0)]


class Arguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may follow `serve run onevec.server.ray:app` as ``name=value``, or stand under `args` in Serve's file.

    Attributes:
        config: The TOML file, read where this is called; without one the variable ONEVEC_CONFIG names it.
        model: ``provider:model`` instead of a file; without either the bundled ones are served.
        min_replicas: As many are always there.
        max_replicas: As many at most.
        target_ongoing_requests: Requests under way for each replica at which Ray neither adds nor takes away any.
        cpus: Processors that each replica reserves, and threads that its local models compute with.
    """

    config: str | None = None
    model: str | None = None
    min_replicas: Count = 1
    max_replicas: Count = 1
    target_ongoing_requests: Amount = 16.0
    cpus: Count = 1


def app(arguments: Mapping[str, Any] | None = None) -> "serve.Application":
    """The application for `serve run`, or for `serve.run(app({...}))`; see :class:`Arguments`.

    Raises:
        ConfigurationError: an argument, a setting of the file, or Ray is not installed; nothing has been started.
    """
    given = _arguments(arguments or {})
    path = given.config or (os.environ.get("ONEVEC_CONFIG") if given.model is None else None)
    recipe = Recipe((given.model,) if given.model else DEFAULT_MODELS, Path(path) if path else None)
    config = _several(recipe.read(), given.max_replicas)
    preflight(config)
    serve = _ray_serve()
    deployment = serve.deployment(
        serve.ingress(Replica(config, given.cpus))(),
        name="onevec",
        ray_actor_options={"num_cpus": given.cpus},
        autoscaling_config={
            "min_replicas": given.min_replicas,
            "max_replicas": given.max_replicas,
            "target_ongoing_requests": given.target_ongoing_requests,
        },
        max_ongoing_requests=config.server.max_waiting_requests,  # past it a deployment's own queue refuses, with 503
        graceful_shutdown_timeout_s=config.server.shutdown_timeout,
    )
    return deployment.bind()


class Replica:
    """The ASGI application of one replica. It travels as settings alone, and loads models where it starts.

    Args:
        config: What is served.
        threads: With how many threads.
    """

    def __init__(self, config: Config, threads: int) -> None:
        self._config = config
        self._threads = threads
        self._application: Application | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or start and stop."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._application is not None:
            await self._application(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            served = await asyncio.to_thread(serving, self._config, self._threads)
        except OnevecError as exc:
            await send({"type": "lifespan.startup.failed", "message": exc.message})
            return
        self._application = build(served.gateway, served.config, request_log(served.config))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._application.aclose()
        await asyncio.to_thread(served.close)
        await send({"type": "lifespan.shutdown.complete"})


def _ray_serve() -> Any:
    try:
        from ray import serve
    except ImportError as exc:
        raise ConfigurationError("Ray Serve is not installed: pip install 'onevec[ray]'") from exc
    return serve


def _arguments(given: Mapping[str, Any]) -> Arguments:
    try:
        found = msgspec.convert(given, Arguments, strict=False)  # on a command line every value is a text
    except msgspec.ValidationError as exc:
        raise ConfigurationError(f"the arguments of the Ray application: {exc}") from exc
    if found.config and found.model:
        raise ConfigurationError("give config, or model, not both")
    if found.max_replicas < found.min_replicas:
        raise ConfigurationError("max_replicas is below min_replicas", param="max_replicas")
    return found


def _several(config: Config, replicas: int) -> Config:
    """The settings of one replica among several, whose figures would tell a part of the truth, another each time."""
    check(replace(config, server=msgspec.structs.replace(config.server, workers=max(replicas, 1))))
    return replace(config, server=msgspec.structs.replace(config.server, workers=1, metrics=False))
