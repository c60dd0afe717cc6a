"""A server on a loopback port that answers by a script and keeps what it was asked."""

import contextlib
import json
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    hang_up: bool = False
    parts: Callable[[], Iterable[bytes]] | None = None

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def embeddings(request: Request) -> Reply:
    """What a service would answer: a vector of three for each input."""
    inputs = request.json["input"]
    count = 1 if isinstance(inputs, str) else len(inputs)
    items = [{"object": "embedding", "index": i, "embedding": [0.5, -1.0, float(i)]} for i in range(count)]
    usage = {"prompt_tokens": 2 * count, "total_tokens": 2 * count}
    return Reply(body={"id": "result-1", "object": "list", "data": items, "model": "a-model", "usage": usage})


Answer = Reply | Callable[[Request], Reply]


class Recorder:
    """Answers each request with the next of `script`, and the last of it for ever."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self._script: list[Answer] = [embeddings]
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                # A client that waits no longer is what some tests are about.
                with contextlib.suppress(ConnectionError):
                    recorder._answer(self)

            do_POST = do_GET  # noqa: N815 - the library's name

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._scheme = "https" if tls else "http"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def script(self, *answers: Answer) -> None:
        """Begin anew."""
        self.requests = []
        self._script = list(answers) or [embeddings]

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        path, _, query = handler.path.partition("?")
        body = handler.rfile.read(int(handler.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        request = Request(handler.command, path, query, headers, body)
        self.requests.append(request)
        answer = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        reply = answer if isinstance(answer, Reply) else answer(request)
        if reply.hang_up:
            handler.close_connection = True
            return
        handler.send_response(reply.status)
        if reply.parts is not None:
            _send_parts(handler, reply.parts())
            return
        sent = {"content-type": "application/json", "content-length": str(len(reply.content)), **reply.headers}
        for name, value in sent.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(reply.content)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join(timeout=10)
        self._server.server_close()


def _send_parts(handler: BaseHTTPRequestHandler, parts: Iterable[bytes]) -> None:
    handler.send_header("content-type", "application/json")
    handler.send_header("transfer-encoding", "chunked")
    handler.end_headers()
    for part in parts:
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
    handler.wfile.write(b"0\r\n\r\n")


__all__: Sequence[str] = ["Answer", "Recorder", "Reply", "Request", "embeddings"]
