"""Supervisor: several processes that answer on one port; uvicorn's own, with our workers.

A worker that dies is replaced and the others go on. One that dies before all have answered once ends the whole: it
would fail again.
"""

import logging
import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import replace

import uvicorn
from uvicorn.supervisors import Multiprocess

from onevec.errors import OnevecError
from onevec.gateway import preflight
from onevec.server.observing.metrics import Metrics, bury
from onevec.server.processes.reloading import REFUSED
from onevec.server.processes.worker import EngineWorker, Failure, Order, Worker

log = logging.getLogger("onevec.server")

HEALTH_SECONDS = 30
"""How long a worker may leave a question unanswered before it is taken for hung; compiling a model holds it up."""

PAUSE = 5.0
"""Seconds before another worker takes the place of one that could not start."""


class Supervisor(Multiprocess):
    """Starts workers, replaces those that die, hands signals on.

    Args:
        order: What they serve.
        listener: Where.
        started: Called once all of them answer.
        engine: Where the process that runs models for all listens, when the order says that there is one.
    """

    def __init__(
        self,
        order: Order,
        listener: socket.socket,
        started: Callable[[], None],
        engine: socket.socket | None = None,
    ) -> None:
        settings = uvicorn.Config("onevec.server.app", workers=order.config.server.workers, log_config=None)
        super().__init__(settings, [listener])
        self.failure: Failure | None = None
        self._engine = engine
        self._workers: list[Worker] = []
        self._order = order
        self._metrics = Metrics(order.shared)
        self._started = started
        self._announced = False
        self._rest_until = 0.0

    def init_processes(self) -> None:
        """Start them all, the engine's process first."""
        kinds = [*([EngineWorker] if self._engine else []), *[Worker] * self.processes_num]
        self._workers = [self._start(kind) for kind in kinds]
        self.processes = [*self._workers]

    def terminate_all(self) -> None:
        """Stop those who answer; the engine's process when nobody needs it any more."""
        for worker in self._workers:
            if not isinstance(worker, EngineWorker):
                worker.terminate()

    def join_all(self) -> None:
        """Wait for the end of all."""
        for worker in reversed(self._workers):  # the engine's process is the first
            if isinstance(worker, EngineWorker):
                worker.terminate()
            worker.join()

    def keep_subprocess_alive(self) -> None:
        """Look after each, and say so once all answer."""
        answering = [self._look_after(place) for place in range(len(self._workers))]
        self.processes = [*self._workers]
        if all(answering) and not self._announced:
            self._announced = True
            self._started()

    def handle_hup(self) -> None:
        """Read the settings again; when they are right, tell every worker to."""
        if self._order.recipe.path is None:
            self.handle_term()  # without a file it means what it means to any program: the terminal has gone
            return
        try:
            config = self._order.recipe.again(self._order.config)
            preflight(config)
        except OnevecError as exc:
            log.error(REFUSED, exc.message)
            self._metrics.reloaded("refused")
            return
        self._order = replace(self._order, config=config)
        for worker in self._workers:
            if worker.exitcode is None and worker.pid is not None and not isinstance(worker, EngineWorker):
                os.kill(worker.pid, signal.SIGHUP)

    def handle_ttin(self) -> None:
        """Not heeded: the processors have been divided among as many workers as there are."""

    def handle_ttou(self) -> None:
        """The same."""

    def _start(self, kind: type[Worker]) -> Worker:
        listener = self._engine if kind is EngineWorker and self._engine else self.sockets[0]
        worker = kind(self._order, self.config, [listener])
        worker.start()
        return worker

    def _look_after(self, place: int) -> bool:
        """Whether a worker answers; another takes the place of one that is dead or hangs."""
        worker = self._workers[place]
        if self.should_exit.is_set():
            return False
        answers = worker.answers(HEALTH_SECONDS)
        if answers is not None:
            return answers
        if not worker.buried:
            self._bury(worker)
        if not self.should_exit.is_set() and time.monotonic() >= self._rest_until:
            self._workers[place] = self._start(type(worker))
        return False

    def _bury(self, worker: Worker) -> None:
        """What is left to do for a dead worker."""
        worker.bury()
        bury(worker.pid or 0, self._order.shared)
        if worker.served:
            log.error("worker process %s has ended with exit code %s: another starts", worker.pid, worker.exitcode)
            return
        if not self._announced:
            self.failure = worker.failure
            self.should_exit.set()
            return
        log.error("a worker process could not start, another try follows: %s", worker.failure.message)
        self._rest_until = time.monotonic() + PAUSE
