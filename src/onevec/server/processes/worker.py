"""Worker: one of several processes that answer on one port, as its parent sees it and as it runs."""

import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import Pipe
from pathlib import Path

import msgspec
import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Process

from onevec.errors import ConfigurationError, InvalidRequestError, OnevecError
from onevec.gateway.settings.config import Config
from onevec.server.observing.logs import configure
from onevec.server.processes.recipe import Recipe
from onevec.server.processes.service import answer, lend
from onevec.shared import Address

log = logging.getLogger("onevec.server")


SERVES, LOADS = b"serves", b"loads"
"""What a worker answers when the supervisor asks how it is."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker is to serve.

    Attributes:
        recipe: Where the settings are.
        config: Those in force: the file may hold wrong ones by now.
        shared: The folder of figures.
        engine: Where local models are run for all, when they are.
    """

    recipe: Recipe
    config: Config
    shared: Path
    engine: Address | None = None


class Failure(msgspec.Struct, frozen=True):
    """Why a worker could not start."""

    message: str
    settings: bool

    def error(self) -> OnevecError:
        """The same, to be raised."""
        return ConfigurationError(self.message) if self.settings else OnevecError(self.message)


class Worker(Process):
    """A process as uvicorn makes them, with a server of ours in it.

    Args:
        order: What it serves.
        settings: Uvicorn's, of the supervisor; the server inside has its own.
        sockets: Where it listens, together with the others.

    Attributes:
        served: Whether it ever did.
        buried: Whether it is dead and the supervisor knows.
        failure: Why it could not start, once it is buried.
    """

    def __init__(self, order: Order, settings: uvicorn.Config, sockets: Sequence[socket.socket]) -> None:
        super().__init__(settings, [*sockets])
        self.served = self.buried = False
        self.failure = Failure("", settings=False)
        self._order = order
        self._report, self._reporter = Pipe(duplex=False)

    # In the parent.

    def start(self) -> None:
        """Start it, and leave it the only one that holds its ends of the pipes: so its death is heard at once."""
        super().start()
        self.child_conn.close()
        self._reporter.close()

    def answers(self, timeout: float) -> bool | None:
        """Whether it serves; False while it loads, None when it has ended or hangs."""
        if not self.process.is_alive():
            return None
        try:
            self.parent_conn.send_bytes(b"?")
            answer = self.parent_conn.recv_bytes() if self.parent_conn.poll(timeout) else None
        except (EOFError, OSError):
            return None
        self.served |= answer == SERVES
        return None if answer is None else answer == SERVES

    def bury(self) -> None:
        """End what may be left of it, and hear why it ended before it served, if it did."""
        self.kill()
        self.join()
        try:
            self.failure = msgspec.json.decode(self._report.recv_bytes(), type=Failure)
        except EOFError:  # it could not even say
            self.failure = Failure(f"a worker process has ended with exit code {self.exitcode}", settings=False)
        self._report.close()
        self.buried = True

    # In the process itself.

    def target(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until a signal comes."""
        self._up = threading.Event()
        threading.Thread(target=self.always_pong, daemon=True).start()
        threading.Thread(target=_follow_parent, daemon=True).start()
        configure(sys.stderr, self._order.config.server.log_level)
        try:
            self.serve((sockets or [])[0], self._order)
        except OnevecError as exc:
            self._give_up(exc.message, settings=isinstance(exc, (ConfigurationError, InvalidRequestError)))
        except Exception as exc:
            log.exception("a worker process failed")
            self._give_up(f"a worker process failed: {type(exc).__name__}")

    def serve(self, listener: socket.socket, order: Order) -> None:
        """What it is for."""
        answer(order.recipe, order.config, listener, self._up.set, order.shared, order.engine)

    def pong(self) -> None:
        """Answer one question of the parent's."""
        self.child_conn.recv_bytes()
        self.child_conn.send_bytes(SERVES if self._up.is_set() else LOADS)

    def _give_up(self, message: str, *, settings: bool = False) -> None:
        self._reporter.send_bytes(msgspec.json.encode(Failure(message, settings)))
        sys.exit(STARTUP_FAILURE)


class EngineWorker(Worker):
    """The one that runs local models for the others."""

    def serve(self, listener: socket.socket, order: Order) -> None:
        """Lend them."""
        if order.engine is not None:
            lend(order.config, listener, self._up.set, order.engine.token)


def _follow_parent() -> None:
    """Stop, in order, when the parent is gone: nobody else would."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
