"""Several processes that answer on one port: what they need round them, before any of them starts."""

import os
import secrets
import socket
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from onevec.errors import ConfigurationError
from onevec.gateway import preflight
from onevec.gateway.settings.config import Config
from onevec.server.processes.recipe import Recipe
from onevec.server.processes.run import BACKLOG, bind
from onevec.shared import Address

SHARED_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder of the processes' figures."""


def supervise(recipe: Recipe, config: Config, listener: socket.socket, started: Callable[[], None]) -> None:
    """Serve with several processes until a signal comes; see :func:`onevec.server.processes.service.answer`.

    Raises:
        ConfigurationError: this system cannot share a port so.
        OnevecError: what kept a worker from starting.
    """
    if sys.platform == "win32":
        raise ConfigurationError("several workers share a socket as only Unix can: leave server.workers at 1")
    preflight(config)
    with tempfile.TemporaryDirectory(prefix="onevec-figures-") as folder, ExitStack() as stack:
        os.environ[SHARED_VARIABLE] = folder
        # Only now: prometheus_client reads the variable when it is imported.
        from onevec.server.processes.supervisor import Supervisor
        from onevec.server.processes.worker import Order

        engine, address = None, None
        if config.server.engine == "shared":
            engine = stack.enter_context(bind("127.0.0.1", 0))
            engine.listen(BACKLOG)  # whoever asks before its process is there waits for it
            address = Address(engine.getsockname()[1], secrets.token_urlsafe(32))
        supervisor = Supervisor(Order(recipe, config, Path(folder), address), listener, started, engine)
        supervisor.run()
    if supervisor.failure is not None:
        raise supervisor.failure.error()
