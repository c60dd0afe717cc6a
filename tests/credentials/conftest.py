"""A real server that gives out credentials, and a provider behind it that takes only those."""

import http.server
import json
import threading
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest

from onevec.exchange import HttpReply, HttpRequest
from onevec.testing import FakeProvider


class Desk:
    """Gives out numbered tokens and keys at fixed paths; everything else is asked of a fake provider.

    Attributes:
        given: How many tokens, or sets of keys, have been given out.
        accepted: Those that the provider takes; None for any.
        lifetime: Seconds for which the next one holds.
        forms: What was sent for each.
        calls: Headers of each request to the provider.
        faults: Statuses with which the provider answers the next requests.
        gate: Closed, it keeps whoever asks for a credential waiting.
    """

    def __init__(self, wire):
        self.given = 0
        self.accepted = None
        self.lifetime = 3600
        self.forms, self.calls, self.faults, self.refusals = [], [], [], []
        self.gate = threading.Event()
        self.gate.set()
        self.waiting = threading.Event()
        self.provider = FakeProvider(wire)
        self._lock = threading.Lock()
        desk = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.do_POST()

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                reply = desk.answer(HttpRequest(self.command, f"http://h{self.path}", headers, body))
                self.send_response(reply.status)
                for name, value in {**reply.headers, "content-length": str(len(reply.body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, *args):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.host}"

    def answer(self, request):
        path = request.url.removeprefix("http://h").partition("?")[0]
        if path.startswith("/computeMetadata/v1/project/"):
            headers = {"metadata-flavor": "Google", "content-type": "application/text"}
            return HttpReply(200, headers, b"project-of-the-machine")
        if path == "/computeMetadata/v1/instance/service-accounts/default/":
            account = {"email": "robot@mine", "scopes": [], "aliases": []}
            return as_json(account, {"metadata-flavor": "Google"})
        if path == "/":
            return HttpReply(200, {"metadata-flavor": "Google"}, b"")
        if path.endswith("/token"):
            return self.token(request)
        if path == "/keys":
            return self.keys()
        return self.provided(request)

    def provided(self, request):
        with self._lock:
            self.calls.append(request.headers)
        proof = request.headers.get("authorization", "")
        if self.accepted is not None and not any(one in proof for one in self.accepted):
            return as_json({"error": {"message": f"who is {proof}?"}}, status=401)
        return HttpReply(self.faults.pop(0), {}, b"") if self.faults else self.provider.send(request)

    def _count(self):
        self.waiting.set()
        assert self.gate.wait(30)
        with self._lock:
            self.given += 1
            return self.given

    def token(self, request):
        number = self._count()
        self.forms.append({name: values[0] for name, values in parse_qs(request.body.decode()).items()})
        if self.refusals:
            return self.refusals.pop(0)
        body = {"access_token": f"token-{number}", "expires_in": self.lifetime, "token_type": "Bearer"}
        return as_json(body, {"metadata-flavor": "Google"})

    def keys(self):
        number = self._count()
        until = datetime.now(UTC) + timedelta(seconds=self.lifetime)
        return as_json(
            {
                "AccessKeyId": f"AKID{number}", "SecretAccessKey": f"secret-{number}", "Token": f"session-{number}",
                "Expiration": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        )  # fmt: skip

    @property
    def proofs(self):
        return [call.get("authorization", "") for call in self.calls]

    def close(self):
        self.gate.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def as_json(body, headers=None, status=200):
    return HttpReply(status, {"content-type": "application/json", **(headers or {})}, json.dumps(body).encode())


@pytest.fixture
def desk():
    opened = []

    def open_(wire):
        opened.append(Desk(wire))
        return opened[-1]

    yield open_
    for one in opened:
        one.close()


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """An environment in which no vendor's library finds anything but what a test puts there."""
    for name in (
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION",
        "AWS_DEFAULT_REGION", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "HTTP_PROXY", "http_proxy",
    ):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return monkeypatch
