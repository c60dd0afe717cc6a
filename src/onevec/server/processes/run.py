"""Running the application: uvicorn with uvloop and httptools, and a stop that loses nothing."""

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from ipaddress import ip_address
from typing import Protocol, cast

import uvicorn

from onevec.errors import ConfigurationError
from onevec.gateway.settings.config import Config
from onevec.server.door import Lifecycle
from onevec.server.messages import Receive, Scope, Send
from onevec.server.processes.acceptor import BATCH, Acceptor
from onevec.server.protocol import Protocol as Connection

FAREWELL_SECONDS = 1.0
"""How long a stopping server still answers on open connections, so that a request on its way meets no closed door."""

KEEP_ALIVE_SECONDS = 75
"""How long an idle connection stays open: longer than the 60 s after which proxies and clients let go of theirs."""

BACKLOG = 2048

SWITCH_SECONDS = 0.0005
"""How long a thread keeps Python's lock while others want it, instead of 5 ms: a query must not wait so long, several
times, for threads that read and lay out bulk. Bulk loses nothing by it."""


def check_exposure(config: Config, *, no_auth: bool = False) -> None:
    """Refuse to open an address to others when anybody could call.

    Raises:
        ConfigurationError: an address that is not loopback, and neither `[auth]` nor --no-auth.
    """
    if not config.auth.open or config.auth.none or no_auth or is_loopback(config.server.host):
        return
    raise ConfigurationError(
        f"{config.server.host} can be reached from other machines, and nobody would be asked for a key: make one with "
        "`onevec keys add NAME` and name the file in [auth], or say --no-auth",
        param="host",
        value=config.server.host,
    )


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def bind(host: str, port: int) -> socket.socket:
    """A socket at an address that is ours from now on; nobody can connect until a server listens on it.

    Raises:
        ConfigurationError: the address is taken, or is not this machine's.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
        with ExitStack() as stack:
            listener = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
            if sys.platform != "win32":  # there it would share the address with whoever has it
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            stack.pop_all()
        return listener
    except OSError as exc:
        raise ConfigurationError(
            f"cannot listen on {host} port {port}: {exc.strerror}; choose another with --host or --port", param="port"
        ) from exc


class Answering(Protocol):
    """An ASGI application that is told when the server is about to stop."""

    lifecycle: Lifecycle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or start and stop."""


class Server(uvicorn.Server):
    """Uvicorn's server, with a stop that first says goodbye on open connections.

    Args:
        application: What answers.
        shutdown_timeout: Seconds that a stop waits for accepted requests.
        started: Called once connections are answered.
        batch: Connections that are taken in at a time; few where other processes take in from the same socket.
    """

    def __init__(
        self,
        application: Answering,
        *,
        shutdown_timeout: float,
        started: Callable[[], None],
        batch: int = BATCH,
    ) -> None:
        super().__init__(
            uvicorn.Config(
                application,
                http=Connection,
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                backlog=BACKLOG,
                timeout_graceful_shutdown=max(1, round(shutdown_timeout)),
            )
        )
        self._lifecycle = application.lifecycle
        self._started = started
        self._batch = batch

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen on the sockets that were bound; uvicorn itself opens none."""
        own = sys.platform != "win32"  # there the event loop watches no sockets for others
        await super().startup([] if own else sockets)
        for listener in (sockets or []) if own else []:
            listener.listen(BACKLOG)
            self.servers.append(cast("asyncio.Server", Acceptor(listener, self._protocol, batch=self._batch)))
        self._started()

    def _protocol(self) -> Connection:
        return Connection(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, answer what comes on the open ones with `connection: close`, then stop."""
        self._lifecycle.draining = True
        for server in self.servers:
            server.close()
            await server.wait_closed()
        end = asyncio.get_running_loop().time() + FAREWELL_SECONDS
        # Uvicorn's set of connections tells nobody when it is empty.
        while self.server_state.connections and asyncio.get_running_loop().time() < end and not self.force_exit:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await super().shutdown(sockets)


def run(
    application: Answering,
    config: Config,
    listener: socket.socket,
    started: Callable[[], None],
    hangup: Callable[[], None] | None = None,
) -> None:
    """Serve until a signal comes, then answer what has been accepted, and return.

    Args:
        application: What answers.
        config: What it was made from.
        listener: The socket of :func:`bind`; closed at the end.
        started: Called once connections are answered.
        hangup: Called in the event loop at SIGHUP, instead of an end; where there is such a signal.
    """

    def begin() -> None:
        if hangup is not None:
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hangup)
        started()

    batch = BATCH if config.server.workers == 1 else 1
    server = Server(application, shutdown_timeout=config.server.shutdown_timeout, started=begin, batch=batch)
    for number in (signal.SIGINT, signal.SIGTERM):
        # Uvicorn puts its own handler in place and, once it has stopped, raises the signal again for whoever was there
        # before: the same handler, so that a signal is heeded before uvicorn listens, and is no failure afterwards.
        signal.signal(number, server.handle_exit)
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()  # models and modules live as long as the process: collections need not look at them
    server.run(sockets=[listener])
