"""The HTTP library against real sockets on this machine."""

import asyncio
import gzip
import os
import random
import signal
import socket
import ssl
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from onevec import __version__
from onevec.errors import (
    ConfigurationError,
    GatewayTimeoutError,
    InvalidResponseError,
    ProviderConnectionError,
    ProviderError,
)
from onevec.exchange import HttpReply, HttpRequest, RetryPolicy, Sleep, with_retries
from onevec.testing import FakeProvider, error_reply
from onevec.transport import HttpSettings, HttpTransport, adrive, drive

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Request-Id: 7\r\n\r\n{}"


class Loopback:
    """A server of raw sockets: `answer` gets the connection's number, the request's number on it, and the request.

    It gives the bytes to send; None hangs up without a word, and an empty answer waits for the client to hang up.
    """

    def __init__(self, answer=lambda *_: OK, context=None):
        self.requests = []
        self.connections = 0
        self.arrived = threading.Event()
        self.left = threading.Event()
        self._answer = answer
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f"http{'s' if self._context else ''}://localhost:{self.port}/v1/embeddings"

    def close(self):
        self._socket.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True).start()

    def _serve(self, connection, number):
        try:
            with self._context.wrap_socket(connection, server_side=True) if self._context else connection as stream:
                count = 0
                while request := read_request(stream):
                    count += 1
                    self.requests.append(request)
                    self.arrived.set()
                    answer = self._answer(number, count, request)
                    if answer == b"":
                        assert stream.recv(1) == b""
                        self.left.set()
                    if not answer:
                        return
                    stream.sendall(answer)
                    if b"Content-Length: 99" in answer:
                        return
        except OSError:
            return


def read_request(stream):
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := stream.recv(65536)):
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
    while len(body) < int(headers.get("content-length", 0)):
        body += stream.recv(65536)
    return lines[0], headers, body


@pytest.fixture
def serve():
    servers = []

    def start(*args, **kwargs):
        servers.append(Loopback(*args, **kwargs))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def transport():
    with HttpTransport(HttpSettings(timeout=20, proxy="")) as transport:
        yield transport


def post(url, body=b'{"input":"x"}', **headers):
    return HttpRequest(
        "POST", url, {"content-type": "application/json", "authorization": "Bearer sk-secret", **headers}, body
    )


async def asend(transport, request):
    async with asyncio.timeout(20):
        return await transport.asend(request)


def both(transport, request):
    """The reply of the blocking way; the async way must say the same."""
    reply = transport.send(request)
    assert asyncio.run(asend(transport, request)) == reply
    return reply


def fails(kind, request, settings=None):
    """Both ways must fail alike; gives the error."""
    with HttpTransport(settings or HttpSettings(timeout=20, proxy="")) as transport:
        with pytest.raises(kind) as caught:
            transport.send(request)
        with pytest.raises(kind) as again:
            asyncio.run(asend(transport, request))
    assert str(caught.value) == str(again.value)
    return caught.value


# --- what goes out and what comes back


def test_a_request_and_its_reply(serve, transport):
    server = serve()
    reply = both(transport, post(server.url))
    assert reply == HttpReply(200, {"content-length": "2", "x-request-id": "7"}, b"{}")
    line, headers, body = server.requests[0]
    assert line == "POST /v1/embeddings HTTP/1.1"
    assert headers["authorization"] == "Bearer sk-secret"
    assert headers["user-agent"] == f"onevec/{__version__}"
    assert body == b'{"input":"x"}'


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"Transfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n", b"[1,2]"),
        (b"Content-Length: 0\r\n\r\n", b""),
        (b"Connection: close\r\nContent-Length: 2\r\n\r\n{}", b"{}"),
        (
            b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s" % (len(z := gzip.compress(b"[1]" * 999)), z),
            b"[1]" * 999,
        ),
    ],
    ids=["chunked", "empty", "closing", "gzip"],
)
def test_bodies_of_every_kind(serve, transport, answer, body):
    server = serve(lambda *_: b"HTTP/1.1 200 OK\r\n" + answer)
    assert both(transport, post(server.url)).body == body


def test_a_large_body_is_read_to_its_end(serve, transport):
    body = os.urandom(3_000_000)
    server = serve(lambda *_: b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    assert both(transport, post(server.url, body)).body == body
    assert server.requests[0][2] == body


def test_errors_and_redirects_are_replies_and_nobody_is_followed(serve, transport):
    elsewhere = serve()
    location = elsewhere.url.encode()
    server = serve(lambda *_: b"HTTP/1.1 307 Elsewhere\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % location)
    assert both(transport, post(server.url)).status == 307
    assert elsewhere.connections == 0
    assert both(transport, post(serve(lambda *_: OK.replace(b"200", b"429")).url)).status == 429


@pytest.mark.parametrize("value", ["Zürich".encode(), "Zürich".encode("latin-1"), b"\xff"])
def test_a_header_beyond_ascii_fails_no_reply(serve, transport, value):
    server = serve(lambda *_: OK.replace(b"\r\n\r\n", b"\r\nX-Region: " + value + b"\r\n\r\n"))
    reply = both(transport, post(server.url))
    assert reply == HttpReply(200, {"content-length": "2", "x-request-id": "7"}, b"{}")


def test_a_body_beyond_the_cap_is_refused(serve):
    server = serve(lambda *_: b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n" + b"x" * 11)
    with HttpTransport(HttpSettings(proxy=""), max_body=10) as transport:
        with pytest.raises(InvalidResponseError, match="more than 10 bytes"):
            transport.send(post(server.url))
        with pytest.raises(InvalidResponseError, match="more than 10 bytes"):
            asyncio.run(asend(transport, post(server.url)))


# --- connections


def test_one_connection_serves_request_after_request(serve, transport):
    server = serve()
    for _ in range(5):
        transport.send(post(server.url))
    assert (server.connections, len(server.requests)) == (1, 5)


def test_event_loops_one_after_another_share_a_transport(serve, transport):
    server = serve()
    for _ in range(3):
        assert asyncio.run(asend(transport, post(server.url))).status == 200
    assert server.connections == 1


def test_threads_share_a_transport(serve, transport):
    server = serve(lambda _, __, request: OK[:-2] + request[2])
    bodies = [b"%02d" % i for i in range(40)]
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda body: transport.send(post(server.url, body)).body, bodies))
    assert replies == bodies
    assert server.connections < len(bodies)


async def test_a_blocking_call_works_inside_a_running_loop(serve, transport):
    server = serve()
    assert transport.send(post(server.url)).status == 200
    assert (await transport.asend(post(server.url))).status == 200


def test_a_connection_that_went_stale_is_replaced_by_the_first_retry(serve, transport):
    server = serve(lambda connection, count, _: OK if connection == 2 or count == 1 else None)
    assert transport.send(post(server.url)).status == 200
    exchange, slept = with_retries(post(server.url), RetryPolicy(), random.Random(0).random), []
    assert drive(exchange, transport, sleep=slept.append).status == 200
    assert slept == [0]
    assert (server.connections, len(server.requests)) == (2, 3)


def test_closed_and_closed_again_and_used_again(serve):
    server = serve()
    transport = HttpTransport(HttpSettings(proxy=""))
    transport.close()
    assert both(transport, post(server.url)).status == 200
    transport.close()
    asyncio.run(transport.aclose())
    transport.close()
    assert both(transport, post(server.url)).status == 200
    asyncio.run(transport.aclose())


async def test_the_transport_is_an_async_context(serve):
    async with HttpTransport(HttpSettings(proxy="")) as transport:
        assert (await transport.asend(post(serve().url))).status == 200


def test_closing_ends_what_is_in_flight(serve):
    server = serve(lambda *_: b"")
    transport = HttpTransport(HttpSettings(timeout=100, proxy=""))
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(transport.send, post(server.url))
        assert server.arrived.wait(20)
        transport.close()
        with pytest.raises(ProviderConnectionError):
            pending.result(20)


async def test_cancelling_ends_the_wait(serve):
    server = serve(lambda _, __, request: b"" if request[2] == b"wait" else OK)
    async with asyncio.timeout(20), HttpTransport(HttpSettings(timeout=100, proxy="")) as transport:
        task = asyncio.create_task(transport.asend(post(server.url, b"wait")))
        assert await asyncio.to_thread(server.arrived.wait, 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await transport.asend(post(server.url))).status == 200


async def test_the_connection_of_a_cancelled_request_is_given_up_by_its_timeout(serve):
    server = serve(lambda *_: b"")
    async with HttpTransport(HttpSettings(timeout=0.5, proxy="")) as transport:
        task = asyncio.create_task(transport.asend(post(server.url)))
        assert await asyncio.to_thread(server.arrived.wait, 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(server.left.wait, 20)


SEND = """
import sys
from onevec.exchange import HttpRequest
from onevec.transport import HttpSettings, HttpTransport
HttpTransport(HttpSettings(timeout=300, proxy="")).send(HttpRequest("POST", sys.argv[1], {}, b"{}"))
"""

EMBED = """
import sys
from onevec import embedding
embedding("openai:m", ["a", "b", "c"], api_base=sys.argv[1], api_key="sk-secret",
          client_args={"timeout": 300, "proxy": "", "max_items": 1})
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
@pytest.mark.parametrize("program", [SEND, EMBED], ids=["one request", "several at once"])
def test_an_interrupt_ends_a_blocking_call_at_once(serve, program):
    server = serve(lambda *_: b"")
    with subprocess.Popen([sys.executable, "-c", program, server.url], stderr=subprocess.PIPE) as process:
        assert server.arrived.wait(60)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
    assert b"KeyboardInterrupt" in stderr
    assert b"panicked" not in stderr
    assert server.left.wait(20)
    assert process.returncode == -signal.SIGINT


FORK = """
import os, sys
from onevec.errors import ConfigurationError
from onevec.exchange import HttpRequest
from onevec.transport import HttpSettings, HttpTransport
transport = HttpTransport(HttpSettings(proxy=""))
transport.send(HttpRequest("POST", sys.argv[1], {}, b"{}"))
child = os.fork()
if child == 0:
    try:
        transport.send(HttpRequest("POST", sys.argv[1], {}, b"{}"))
    except ConfigurationError as exc:
        os._exit(7 if "spawn" in str(exc) else 1)
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


ENDS_AT_ONCE = """
import asyncio, sys, threading, time
from onevec.exchange import HttpRequest
from onevec.transport import HttpTransport

class Slow(asyncio.SelectorEventLoop):
    def _write_to_self(self):  # what the library's thread does when a reply is there
        super()._write_to_self()
        if threading.get_ident() not in {one.ident for one in threading.enumerate()}:
            time.sleep(0.02)

class Late:
    def __init__(self):
        self.me = self

    def __del__(self, sleep=time.sleep):  # the interpreter is ending by now, and takes a while
        sleep(0.3)

late, transport = Late(), HttpTransport()
with asyncio.Runner(loop_factory=Slow) as runner:
    print(runner.run(transport.asend(HttpRequest("POST", sys.argv[1], {}, b"{}"))).status)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="its event loop wakes in another way")
@pytest.mark.parametrize("_attempt", range(4))  # without what it tests, two of three abort
def test_a_program_may_end_as_soon_as_it_has_its_reply(serve, _attempt):
    ran = subprocess.run(
        [sys.executable, "-c", ENDS_AT_ONCE, serve().url], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "200\n", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_is_told_and_does_not_hang(serve):
    process = subprocess.run([sys.executable, "-c", FORK, serve().url], timeout=60, check=False)
    assert process.returncode == 7


# --- failures


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def test_a_silent_server_is_a_timeout(serve):
    server = serve(lambda *_: b"")
    error = fails(GatewayTimeoutError, post(server.url), HttpSettings(timeout=0.2, proxy=""))
    assert error.status == 504
    assert f"localhost:{server.port}" in error.message


def test_nobody_listens():
    port = free_port()
    error = fails(ProviderConnectionError, post(f"http://127.0.0.1:{port}/v1"))
    assert error.message.startswith(f"127.0.0.1:{port} could not be reached")


def test_no_such_host():
    assert "nobody.invalid" in fails(ProviderConnectionError, post("http://nobody.invalid/v1")).message


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: Content-Length: 99\r\n\r\n9\r\n{",
        b"SSH-2.0 Content-Length: 99\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
    ],
    ids=["hangs up", "cut off", "cut off in a chunk", "no HTTP", "no gzip"],
)
def test_a_connection_that_breaks_off(serve, answer):
    fails(ProviderConnectionError, post(serve(lambda *_: answer).url))


def test_no_failure_shows_a_secret():
    request = post(f"http://user:hunter2@127.0.0.1:{free_port()}/v1?code=query-secret")
    error = fails(ProviderConnectionError, request)
    shown = f"{error} {error!r} {error.__cause__} {error.__cause__!r}"
    assert all(secret not in shown for secret in ("hunter2", "query-secret", "sk-secret"))


@pytest.mark.parametrize("url", ["ftp://h/x", "nonsense"])
def test_an_address_that_is_none(url):
    fails(ConfigurationError, post(url))


# --- settings


def test_settings_never_show_the_proxys_password():
    assert "hunter2" not in repr(HttpSettings(proxy="http://me:hunter2@proxy:1"))


def test_a_proxy_is_used(serve):
    proxy = serve()
    with HttpTransport(HttpSettings(timeout=20, proxy=f"http://localhost:{proxy.port}")) as transport:
        assert both(transport, post("http://nobody.invalid/v1")).status == 200
    assert proxy.requests[0][0] == "POST http://nobody.invalid/v1 HTTP/1.1"


def test_the_environments_proxy_is_used(serve, monkeypatch):
    proxy = serve()
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, f"http://localhost:{proxy.port}")
    with HttpTransport(HttpSettings(timeout=20)) as transport:
        assert both(transport, post("http://nobody.invalid/v1")).status == 200
    assert proxy.requests[0][0] == "POST http://nobody.invalid/v1 HTTP/1.1"


@pytest.mark.parametrize("proxy", ["not a url", "http://"])
def test_a_proxy_that_is_none(proxy):
    fails(ConfigurationError, post("http://h/"), HttpSettings(proxy=proxy))


@pytest.fixture
def authority(witness):
    return witness("trustme").CA()


@pytest.fixture
def secure(serve, authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return serve(context=context)


def test_a_certificate_of_an_unknown_authority_is_refused(secure):
    fails(ProviderConnectionError, post(secure.url))
    assert secure.requests == []


def test_an_own_authority_is_trusted(secure, authority, witness, tmp_path):
    other = witness("trustme").CA()
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(b"# two\n" + other.cert_pem.bytes() + authority.cert_pem.bytes())
    with HttpTransport(HttpSettings(timeout=20, proxy="", ca_file=str(bundle))) as transport:
        assert both(transport, post(secure.url)).status == 200


def test_verification_can_be_switched_off(secure):
    with HttpTransport(HttpSettings(timeout=20, proxy="", verify=False)) as transport:
        assert both(transport, post(secure.url)).status == 200


@pytest.mark.parametrize(
    "content",
    [None, b"", b"no pem", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
    ids=["missing", "empty", "no pem", "no certificate"],
)
def test_a_file_of_authorities_that_is_none(tmp_path, content):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    fails(ConfigurationError, post("https://localhost:1/"), HttpSettings(ca_file=str(path)))


# --- the two drivers


def exchange():
    return with_retries(post("http://h/"), RetryPolicy(), random.Random(0).random)


SCRIPT = [
    error_reply(503),
    ProviderConnectionError("lost"),
    GatewayTimeoutError("late"),
    lambda _: HttpReply(200, {}, b"end"),
]


def test_drive_runs_an_exchange_to_its_result():
    slept = []
    assert drive(exchange(), FakeProvider(faults=SCRIPT), slept.append).body == b"end"
    assert len(slept) == 3


async def test_adrive_runs_an_exchange_to_its_result():
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    assert (await adrive(exchange(), FakeProvider(faults=SCRIPT), sleep)).body == b"end"
    assert len(slept) == 3


async def test_both_raise_what_the_exchange_raises():
    lost = [ProviderConnectionError(str(i)) for i in range(4)]

    async def sleep(seconds):
        return None

    with pytest.raises(ProviderConnectionError, match="3"):
        drive(exchange(), FakeProvider(faults=lost), lambda _: None)
    with pytest.raises(ProviderError, match="3"):
        await adrive(exchange(), FakeProvider(faults=lost), sleep)


def test_an_exchange_may_end_without_asking():
    def nothing():
        return 7
        yield Sleep(0)

    assert drive(nothing(), FakeProvider()) == 7
