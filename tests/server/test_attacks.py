"""What somebody would send who means harm; docs/security.md has a row for each.

Further ones are in test_edges.py, and in gateway/ in access/test_entra.py, settings/test_image_hosts.py and
wrappers/test_fetching.py.
"""

import contextlib
import hmac
import json
import re
import socket
import sys
import threading

import pytest

from onevec.gateway import Keyring
from onevec.gateway.access.keyring import NOBODY
from onevec.testing import FakeEmbedder

TOML = """
[server]
port = 0
[deployments.fake]
model = "local:fake"
"""
BODY = json.dumps({"model": "fake", "input": ["a"]})


@pytest.fixture(scope="module")
def server(serve):
    with serve(TOML, fake=FakeEmbedder()) as running:
        yield running


def statuses(server, text):
    """Of every reply that some raw bytes get until the server closes, or says nothing more for a while."""
    received = b""
    with socket.create_connection((server.host, server.port), timeout=0.5) as connection:
        connection.sendall(text.encode("latin-1"))
        with contextlib.suppress(TimeoutError, ConnectionResetError):
            while piece := connection.recv(65536):
                received += piece
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3})", received)]


def post(*headers, body=BODY):
    lines = ["POST /v1/embeddings HTTP/1.1", "host: x", "content-type: application/json", *headers, "", body]
    return "\r\n".join(lines)


HIDDEN = "GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n"
"""A request that a proxy before us would have taken for a part of a body."""

SMUGGLED = {
    "both lengths": post(f"content-length: {len(HIDDEN)}", "transfer-encoding: chunked", body="0\r\n\r\n" + HIDDEN),
    "two lengths that differ": post("content-length: 0", f"content-length: {len(HIDDEN)}", body=HIDDEN),
    "a list of lengths": post(f"content-length: 0, {len(HIDDEN)}", body=HIDDEN),
    "a length with a sign": post(f"content-length: +{len(HIDDEN)}", body=HIDDEN),
    "a length in hexadecimal": post("content-length: 0x10", body=HIDDEN),
    "an unknown coding": post("transfer-encoding: xchunked", body="0\r\n\r\n" + HIDDEN),
    "a coding after chunked": post("transfer-encoding: chunked, identity", body="0\r\n\r\n" + HIDDEN),
    "space before the colon": post(f"content-length : {len(HIDDEN)}", body=HIDDEN),
    "a folded line": post("x-a: b\r\n content-length: 0", body=HIDDEN),
    "a null in a value": post("x-a: b\0c", f"content-length: {len(BODY)}"),
    "a carriage return alone": post("x-a: b\rcontent-length: 5", f"content-length: {len(BODY)}"),
    "a size of a chunk with a sign": post("transfer-encoding: chunked", body="-1\r\n\r\n" + HIDDEN),
    "a huge chunk": post("transfer-encoding: chunked", body="fffffffffffffffff\r\n" + HIDDEN),
}


@pytest.mark.parametrize("name", SMUGGLED)
def test_no_request_can_be_hidden_in_another(server, name):
    answered = statuses(server, SMUGGLED[name])
    assert answered == [400]


def test_a_body_that_is_read_to_its_end_hides_nothing(server):
    assert statuses(server, post(f"content-length: {len(BODY)}") + HIDDEN) == [200, 200]


class Recorder:
    """A server that nobody should be made to call; it keeps what came."""

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.3)
        self.port, self.connections = self._listener.getsockname()[1], 0
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()
        return self

    def _accept(self):
        try:
            while True:
                self._listener.accept()[0].close()
                self.connections += 1
        except OSError:
            return

    def __exit__(self, *exc):
        self._thread.join()
        self._listener.close()


@pytest.mark.parametrize(
    "word", ["api_base", "base_url", "client_args", "proxy", "transport", "targets", "headers", "extra_headers"]
)
def test_a_body_cannot_say_where_a_call_goes(serve, word):
    with Recorder() as recorder:
        url = f"http://127.0.0.1:{recorder.port}/v1"
        value = {"api_base": url, "proxy": url} if word in ("client_args", "headers", "extra_headers") else url
        with serve(TOML, fake=FakeEmbedder()) as server:
            answer = server.post("/v1/embeddings", {"model": "fake", "input": ["a"], word: value})
            assert answer.status in (200, 400, 422)
    assert recorder.connections == 0


@pytest.mark.parametrize("model", ["http://127.0.0.1:{port}/v1:m", "openai-compatible:m", "local:/etc", "../fake"])
def test_a_model_s_name_cannot_say_where_a_call_goes(serve, model):
    with Recorder() as recorder, serve(TOML, fake=FakeEmbedder()) as server:
        body = {"model": model.format(port=recorder.port), "input": ["a"]}
        assert server.post("/v1/embeddings", body).status == 404
    assert recorder.connections == 0


@pytest.mark.parametrize("header", ["x-forwarded-for", "x-real-ip", "forwarded", "x-client-ip"])
def test_nobody_can_call_himself_somebody_else(serve, header):
    with serve(TOML, fake=FakeEmbedder()) as server:
        server.post("/v1/embeddings", {"model": "fake", "input": ["a"]}, {header: "10.1.2.3"})
        log = server.log
    assert json.loads(log.getvalue().splitlines()[0])["caller"] == "127.0.0.1"


@pytest.mark.parametrize("evil", ['a"}\n{"level":"error"', "a\\n{}", "\x1b[2J", "a,b=c", "x" * 10_000])
def test_what_a_client_says_stays_one_value_in_one_line_of_the_log(serve, evil):
    with serve(TOML, fake=FakeEmbedder()) as server:
        header = evil.encode("latin-1").decode("latin-1").replace("\n", "\t").replace("\x1b", "\t")
        headers = {"x-ms-client-request-id": header, "user-agent": header, "azureml-model-deployment": header}
        server.post("/v1/embeddings", {"model": evil, "input": [evil]}, headers)
        server.post("/embeddings?api-version=2024-05-01", {"model": "fake", "input": ["a"], evil: evil}, headers)
        log = server.log
    lines = log.getvalue().splitlines()
    assert len(lines) == 2
    for line in lines:
        assert json.loads(line)["event"] == "request"
        assert len(line) < 2000
        assert b"\x1b" not in line


def test_a_label_of_a_metric_is_never_a_client_s_word(serve):
    with serve(TOML, fake=FakeEmbedder()) as server:
        for word in ("evil-1", "evil-2"):
            server.post("/v1/embeddings", {"model": word, "input": [word]}, {"x-ms-client-request-id": word})
            server.get(f"/{word}")
        assert b"evil" not in server.get("/metrics").body


def calls_of(function, run):
    """How often a built-in function is called meanwhile; it is watched, not replaced."""
    seen = []
    sys.setprofile(lambda frame, event, called: seen.append(called) if event == "c_call" else None)
    try:
        run()
    finally:
        sys.setprofile(None)
    return sum(called is function for called in seen)


def test_every_key_is_compared_once_in_constant_time():
    ring, key = Keyring().with_new("somebody", "now")
    prefix, _, secret = key.rpartition("_")
    unknown = "ffffffff" if "ffffffff" not in prefix else "00000001"
    last = "0" if key[-1] != "0" else "1"
    keys = [key, key[:-1] + last, f"{prefix}_{'0' * 64}", f"onevec_{unknown}_{secret}", f"onevec_{NOBODY.id}_{secret}"]
    for one in keys:
        assert calls_of(hmac.compare_digest, lambda one=one: ring.owner(one)) == 1
    assert [ring.owner(one) for one in keys] == ["somebody", None, None, None, None]
