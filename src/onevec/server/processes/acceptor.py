"""Acceptor: takes in connections, all that wait at a time.

uvloop 0.23 takes in one for each round of its loop. When each round serves hundreds of busy connections, whoever comes
next waits for seconds, and a server that stops hangs up on those whom it has not taken in.
"""

import asyncio
import logging
import socket
from collections.abc import Callable

BATCH = 256
"""Connections that are taken in before others are served."""

PAUSE = 1.0
"""Seconds without accepting once the process has no file descriptors left."""

log = logging.getLogger("onevec.server")


class Acceptor:
    """Hands each connection of a listening socket to a protocol of its own. Must be made inside a running loop."""

    def __init__(
        self,
        listener: socket.socket,
        protocol: Callable[[], asyncio.Protocol],
        pause: float = PAUSE,
        batch: int = BATCH,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._listener = listener
        self._protocol = protocol
        self._pause = pause
        self._batch = batch
        self._joining: set[asyncio.Task[object]] = set()
        self._closed = False
        listener.setblocking(False)
        self._listen()

    def close(self) -> None:
        """Take in who has come, then nobody more. Closing twice is harmless; the socket stays the caller's."""
        if not self._closed:
            self._batch = BATCH
            self._accept()
            self._closed = True
            self._loop.remove_reader(self._listener)

    async def wait_closed(self) -> None:
        """Wait until everybody who was taken in has a protocol."""
        await asyncio.gather(*self._joining, return_exceptions=True)

    def _listen(self) -> None:
        if not self._closed:
            self._loop.add_reader(self._listener, self._accept)

    def _accept(self) -> None:
        for _ in range(self._batch):
            try:
                connection, _ = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as exc:
                self._rest(exc)
                return
            self._join(connection)

    def _join(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task: asyncio.Task[object] = self._loop.create_task(
            self._loop.connect_accepted_socket(self._protocol, connection)
        )
        self._joining.add(task)
        task.add_done_callback(self._joined)

    def _joined(self, task: asyncio.Task[object]) -> None:
        self._joining.discard(task)
        if not task.cancelled() and (exc := task.exception()) is not None:
            log.warning("a connection was lost while it was taken in", exc_info=exc)

    def _rest(self, exc: OSError) -> None:
        """The process has too many files open: let those that are here finish."""
        log.error("no more connections can be taken in for a moment: %s", exc.strerror)
        self._loop.remove_reader(self._listener)
        self._loop.call_later(self._pause, self._listen)
