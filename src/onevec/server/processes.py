"""Several processes that answer on one port: what they need round them, before any of them starts."""

import os
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from onevec.errors import ConfigurationError
from onevec.gateway import preflight
from onevec.gateway.config import Config
from onevec.server.recipe import Recipe

SHARED_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder of the processes' figures."""


def supervise(recipe: Recipe, config: Config, listener: socket.socket, started: Callable[[], None]) -> None:
    """Serve with several processes until a signal comes; see :func:`onevec.server.service.answer`.

    Raises:
        ConfigurationError: this system cannot share a port so.
        OnevecError: what kept a worker from starting.
    """
    if sys.platform == "win32":
        raise ConfigurationError("several workers share a socket as only Unix can: leave server.workers at 1")
    preflight(config)
    with tempfile.TemporaryDirectory(prefix="onevec-figures-") as folder:
        os.environ[SHARED_VARIABLE] = folder
        # Only now: prometheus_client reads the variable when it is imported.
        from onevec.server.supervisor import Supervisor
        from onevec.server.worker import Order

        supervisor = Supervisor(Order(recipe, config, Path(folder)), listener, started)
        supervisor.run()
    if supervisor.failure is not None:
        raise supervisor.failure.error()
