"""The HTTP library behind two small functions, one blocking and one async; the only file that knows pyreqwest.

It brings proxies from the environment (`HTTPS_PROXY`, `NO_PROXY`, …), the system's certificates, pooled connections and
cancellation. Redirects are never followed, so that a key goes nowhere but where it was sent.
"""

import asyncio
import atexit
import os
import re
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

# Imported here and not at the first failure: an interrupt during that import would abort the process.
from pyreqwest import exceptions as failures
from pyreqwest.client import BaseClientBuilder, Client, ClientBuilder, SyncClient, SyncClientBuilder
from pyreqwest.proxy import ProxyBuilder
from pyreqwest.request import BaseRequestBuilder

from onevec import __version__
from onevec.errors import (
    ConfigurationError,
    GatewayTimeoutError,
    InvalidResponseError,
    OnevecError,
    ProviderConnectionError,
    ProviderError,
)
from onevec.exchange import Exchange, HttpReply, HttpRequest, Sleep, Transport, Work
from onevec.interruptible import Aside

T = TypeVar("T")
Builder = TypeVar("Builder", bound=BaseClientBuilder)

MAX_BODY = 512 * 1024 * 1024
"""Bytes of a reply that are read; 2048 vectors of 4096 floats in JSON are a third of it."""


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """How to connect.

    Attributes:
        timeout: Seconds for a whole request, from connecting to the last byte.
        connect_timeout: Seconds to connect.
        proxy: URL of a proxy for everything; None leaves it to the environment, an empty text means none.
        ca_file: PEM file with certificates to trust beyond the system's.
        verify: Whether certificates are checked; leave it on.
        idle_timeout: Seconds for which an unused connection is kept.
        pinned: A host and the address that it is taken to have; nobody else is asked.
    """

    timeout: float = 120.0
    connect_timeout: float = 10.0
    proxy: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    verify: bool = True
    idle_timeout: float = 60.0
    pinned: tuple[str, str] | None = None


class HttpTransport:
    """Sends requests over connections that it keeps; any number of threads and event loops may share one."""

    def __init__(self, settings: HttpSettings | None = None, *, max_body: int = MAX_BODY) -> None:
        self._settings = settings or HttpSettings()
        self._max_body = max_body
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._client: SyncClient | None = None
        self._aclient: Client | None = None
        self._aside = Aside()

    def send(self, request: HttpRequest) -> HttpReply:
        """Send it and read the reply to its end.

        Raises:
            ProviderConnectionError: it could not be reached, or the connection broke off.
            GatewayTimeoutError: it did not answer in time.
            InvalidResponseError: the reply is too large.
            ConfigurationError: the settings or the address cannot be used.
        """
        return self._aside.do(lambda: self._send(request), on_interrupt=self.close)

    def _send(self, request: HttpRequest) -> HttpReply:
        try:
            built = _build(self._sync().request(request.method, request.url), request).build_streamed()
            with built as response:
                body = response.body_reader.read(self._max_body + 1)
                return self._reply(response.status, response.headers, body, request)
        except OnevecError:
            raise
        except (failures.PyreqwestError, ValueError) as exc:
            raise _translated(exc, request) from exc

    async def asend(self, request: HttpRequest) -> HttpReply:
        """The same without blocking the event loop. Raises as :meth:`send`.

        Cancelling ends the wait at once; the library gives up the connection when the request's timeout is over.
        """
        try:
            built = _build(self._async().request(request.method, request.url), request).build_streamed()
            async with built as response:
                body = await response.body_reader.read(self._max_body + 1)
                return self._reply(response.status, response.headers, body, request)
        except OnevecError:
            raise
        except (failures.PyreqwestError, ValueError) as exc:
            raise _translated(exc, request) from exc

    def _reply(self, status: int, headers: Any, body: Any, request: HttpRequest) -> HttpReply:
        content = b"" if body is None else body.to_bytes()
        if len(content) > self._max_body:
            raise InvalidResponseError(f"{_host(request)} sent more than {self._max_body} bytes")
        return HttpReply(status, _told(headers), content)

    def close(self) -> None:
        """End every wait for a reply and give the connections back; a later request opens new ones."""
        self._aside.leave()
        with self._lock:
            client, self._client, self._aclient = self._client, None, None
        if client is not None:
            client.close()

    async def aclose(self) -> None:
        """The same, waiting for the async connections to be closed."""
        aclient = self._aclient
        self.close()
        if aclient is not None:
            await aclient.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self.aclose()

    def _sync(self) -> SyncClient:
        with self._lock, self._same_process():
            if self._client is None:
                self._client = _configured(SyncClientBuilder(), self._settings).build()
            return self._client

    def _async(self) -> Client:
        client = self._aclient
        if client is not None and self._process == os.getpid():
            return client
        with self._lock, self._same_process():
            if self._aclient is None:
                self._aclient = _configured(ClientBuilder(), self._settings).build()
                atexit.unregister(_let_go)  # once is enough for all transports
                atexit.register(_let_go)
            return self._aclient

    @contextmanager
    def _same_process(self) -> Iterator[None]:
        """Says in our words that the library's own thread, and what waits for it, does not survive a fork."""
        try:
            if self._process != os.getpid():
                self._process, self._client, self._aclient = os.getpid(), None, None
            yield
        except RuntimeError as exc:
            raise ConfigurationError(
                "this process was forked after connections had been opened, and they do not survive that: start "
                "processes with the method 'spawn' or 'forkserver', or make the first call after the fork"
            ) from exc


PARTING = 1.0
"""Seconds that the end of a program waits for the library's thread, which needs microseconds."""


def _let_go() -> None:
    """Wait until no thread that Python has not started is in Python code.

    The library's own thread wakes an event loop, and has still to come back from that when the loop has the reply. If
    the interpreter ends before, the thread is ended where it waits for Python's lock, and the process aborts.
    """
    until = time.monotonic() + PARTING
    while time.monotonic() < until and sys._current_frames().keys() - {one.ident for one in threading.enumerate()}:
        time.sleep(0.001)


def _configured(builder: Builder, settings: HttpSettings) -> Builder:
    """The settings, said to the library."""
    builder = (
        builder.user_agent(f"onevec/{__version__}")
        .follow_redirects(False)
        .timeout(timedelta(seconds=settings.timeout))
        .connect_timeout(timedelta(seconds=settings.connect_timeout))
        .pool_idle_timeout(timedelta(seconds=settings.idle_timeout))
        .danger_accept_invalid_certs(not settings.verify)
    )
    if settings.pinned is not None:
        builder = builder.resolve(*settings.pinned, 0)
    if settings.proxy is not None:
        builder = _proxied(builder, settings.proxy)
    for certificate in _certificates(settings.ca_file) if settings.ca_file else ():
        builder = builder.add_root_certificate_pem(certificate)
    return builder


def _proxied(builder: Builder, proxy: str) -> Builder:
    try:
        return builder.proxy(ProxyBuilder.all(proxy)) if proxy else builder.no_proxy()
    except (ValueError, failures.PyreqwestError) as exc:
        raise ConfigurationError("proxy is not the URL of a proxy", param="proxy") from _bare(exc)


_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def _certificates(path: str) -> list[bytes]:
    try:
        found = _PEM.findall(Path(path).read_bytes())
    except OSError as exc:
        raise ConfigurationError(f"ca_file {path!r} cannot be read: {exc.strerror}", param="ca_file") from exc
    if not found:
        raise ConfigurationError(f"ca_file {path!r} holds no certificate in PEM", param="ca_file")
    return found


RequestBuilder = TypeVar("RequestBuilder", bound=BaseRequestBuilder)


def _build(builder: RequestBuilder, request: HttpRequest) -> RequestBuilder:
    for name, value in request.headers.items():
        builder = builder.header(name, value, is_sensitive=True)
    return builder.body_bytes(request.body) if request.body else builder


def _told(headers: Any) -> dict[str, str]:
    """Names in lower case, with values."""
    try:
        return {name.lower(): value for name, value in headers.items()}
    except ValueError:  # one is beyond ASCII, which the library does not read: it is none that we need
        return dict(_readable(headers))


def _readable(headers: Any) -> Iterator[tuple[str, str]]:
    for name in headers:
        with suppress(ValueError):
            yield name.lower(), headers.getall(name)[-1]


KINDS: tuple[tuple[type[Exception], type[OnevecError], str], ...] = (
    (failures.ConnectTimeoutError, GatewayTimeoutError, "could not be reached in time"),
    (failures.RequestTimeoutError, GatewayTimeoutError, "did not answer in time"),
    (failures.ConnectError, ProviderConnectionError, "could not be reached"),
    (failures.DecodeError, ProviderConnectionError, "sent a reply that is cut off or cannot be decoded"),
    (failures.BuilderError, ConfigurationError, "cannot be called with these settings"),
    (failures.PyreqwestError, ProviderConnectionError, "broke off the connection"),
    (ValueError, ConfigurationError, "cannot be called, the address or a header is malformed"),
)
"""The library's failures and ours, the first that fits."""


def _translated(exc: Exception, request: HttpRequest) -> OnevecError:
    kind, phrase = next((ours, phrase) for theirs, ours, phrase in KINDS if isinstance(exc, theirs))
    _bare(exc)
    return kind(f"{_host(request)} {phrase}: {_reason(exc)}")


def _reason(exc: Exception) -> str:
    """The innermost cause, which names no URL."""
    causes = getattr(exc, "details", {}).get("causes") or ()
    texts = [cause["message"] for cause in causes if "://" not in cause["message"]]
    return texts[-1] if texts else str(exc.args[0] if exc.args else exc)


def _bare(exc: Exception) -> Exception:
    """The failure without its details: they show the whole URL, and its query may hold a key."""
    exc.args = exc.args[:1]
    return exc


def _host(request: HttpRequest) -> str:
    parts = urlsplit(request.url)
    return parts.netloc.rpartition("@")[2] or "the provider"


Sleeping = Callable[[float], object]
"""Waits for so many seconds, blocking."""


def drive(exchange: Exchange[T], transport: Transport, sleep: Sleeping = time.sleep) -> T:
    """Run an exchange to its result, blocking."""
    answer: HttpReply | ProviderError | None = None
    try:
        while True:
            step = exchange.throw(answer) if isinstance(answer, ProviderError) else exchange.send(answer)
            try:
                if isinstance(step, Sleep):
                    answer = None
                    sleep(step.seconds)
                elif isinstance(step, Work):
                    answer = None
                    step.do()
                else:
                    answer = transport.send(step)
            except ProviderError as exc:
                answer = exc
    except StopIteration as stop:
        result: T = stop.value
        return result


async def adrive(
    exchange: Exchange[T], transport: Transport, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
) -> T:
    """Run an exchange to its result, without blocking the event loop."""
    answer: HttpReply | ProviderError | None = None
    try:
        while True:
            step = exchange.throw(answer) if isinstance(answer, ProviderError) else exchange.send(answer)
            try:
                if isinstance(step, Sleep):
                    answer = None
                    await sleep(step.seconds)
                elif isinstance(step, Work):
                    answer = None
                    await asyncio.to_thread(step.do)
                else:
                    answer = await transport.asend(step)
            except ProviderError as exc:
                answer = exc
    except StopIteration as stop:
        result: T = stop.value
        return result
