"""What no client library sends: bodies too large, too slow, cut off; heads without end; several requests at once."""

import contextlib
import json
import socket
import time

import pytest

from onevec.server import corking, protocol
from onevec.testing import FakeEmbedder

SMALL = """
[server]
port = 0
max_body = 200000
body_timeout = 0.3
[deployments.fake]
model = "local:fake"
"""

PATH = "/embeddings?api-version=2024-05-01"


class Wire:
    """A bare connection."""

    def __init__(self, server, buffer=None):
        self._socket = socket.socket()
        self._socket.settimeout(10)
        if buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self._socket.connect((server.host, server.port))
        self._file = self._socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self._file.close()
        self._socket.close()

    def send(self, text):
        self._socket.sendall(text if isinstance(text, bytes) else text.encode())

    def head(self, *headers, path=PATH, method="POST"):
        lines = [f"{method} {path} HTTP/1.1", "host: x", "content-type: application/json", *headers, "", ""]
        self.send("\r\n".join(lines))

    def reply(self):
        status = int(self._file.readline().split()[1])
        headers = {}
        while line := self._file.readline().strip():
            name, _, value = line.decode().partition(": ")
            headers[name] = value
        return status, headers, self._file.read(int(headers.get("content-length", 0)))

    @property
    def ended(self):
        return self._file.read(1) == b""


@pytest.fixture(scope="module")
def small(serve):
    with serve(SMALL, fake=FakeEmbedder()) as server:
        yield server


def check(reply, status, code):
    assert reply[0] == status
    assert json.loads(reply[2])["code"] == reply[1]["x-ms-error-code"] == code


def test_a_large_body_is_refused_by_its_announcement(small):
    with Wire(small) as wire:
        wire.head("content-length: 200001")
        check(wire.reply(), 413, "request_too_large")


def test_a_large_body_is_refused_while_it_comes(small):
    with Wire(small) as wire:
        wire.head("transfer-encoding: chunked")
        chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
        for _ in range(5):
            wire.send(chunk)
        check(wire.reply(), 413, "request_too_large")


def test_a_client_that_sends_all_first_still_reads_the_refusal(small):
    answer = small.post(PATH, b'{"input": ["' + b"x" * 8_000_000 + b'"]}')
    assert (answer.status, answer.json["code"]) == (413, "request_too_large")


def test_the_largest_body_that_is_taken(small):
    body = b'{"input": ["a"]}'
    assert small.post(PATH, body + b" " * (200_000 - len(body))).status == 200


def test_a_slow_body(small):
    with Wire(small) as wire:
        wire.head("content-length: 100")
        wire.send('{"input"')
        check(wire.reply(), 408, "request_timeout")


def test_a_client_that_breaks_off_in_the_body_is_noted(small):
    with Wire(small) as wire:
        wire.head("content-length: 100")
        wire.send("{")
    noted = 'onevec_requests_total{dialect="azure",route="/embeddings",status="499"}'
    end = time.monotonic() + 10
    while noted not in small.get("/metrics").body.decode():
        assert time.monotonic() < end


def test_a_key_is_asked_for_before_the_body_is_read(serve, tmp_path):
    from onevec.gateway import KeysFile

    with KeysFile(tmp_path / "keys.json").changing() as change:
        change.keyring, _ = change.keyring.with_new("alice", "2026-11-20T00:00:00+00:00")
    with serve(SMALL + f'[auth]\nkeys = "{tmp_path}/keys.json"\n') as server, Wire(server) as wire:
        wire.head("content-length: 1000")
        status, headers, _ = wire.reply()
        assert (status, headers["x-ms-error-code"]) == (401, "missing_api_key")
        assert headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("filler", ["x-filler: {}\r\n", "x-filler-{0}: 1\r\n" * 50])
def test_a_head_without_end(small, filler):
    with Wire(small) as wire:
        wire.send(f"POST {PATH} HTTP/1.1\r\n")
        piece = filler.format("y" * 1000)
        sent = 0
        with contextlib.suppress(ConnectionError):  # the server has hung up
            while sent < 1000 * protocol.MAX_HEAD:
                wire.send(piece)
                sent += len(piece)
        assert sent < 1000 * protocol.MAX_HEAD


def test_a_head_that_is_too_large_is_told_so(small):
    with Wire(small) as wire:
        wire.send(f"POST {PATH} HTTP/1.1\r\nx: " + "y" * (protocol.MAX_HEAD + 10))
        check(wire.reply(), 431, "headers_too_large")
        assert wire.ended


@pytest.mark.parametrize(
    "nonsense", ["GARBAGE\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "POST /x HTTP/1.1\r\nbad header\r\n\r\n"]
)
def test_what_is_not_http(small, nonsense):
    with Wire(small) as wire:
        wire.send(nonsense)
        check(wire.reply(), 400, "invalid_http")
        assert wire.ended


def test_a_length_that_contradicts_itself(small):
    with Wire(small) as wire:
        wire.head("content-length: 5", "transfer-encoding: chunked")
        check(wire.reply(), 400, "invalid_http")


def test_requests_in_one_go_are_answered_in_order(small):
    body = '{"input": ["a"]}'
    with Wire(small) as wire:
        for name in ("one", "two", "three"):
            wire.head(f"content-length: {len(body)}", f"x-ms-client-request-id: {name}")
            wire.send(body)
        assert [wire.reply()[1]["x-request-id"] for _ in range(3)] == ["one", "two", "three"]


def test_a_refused_small_body_leaves_the_connection_open(small):
    body = '{"input": ["a"]}'
    with Wire(small) as wire:
        wire.head(f"content-length: {len(body)}", path="/nowhere")
        wire.send(body)
        check(wire.reply(), 404, "not_found")
        wire.head(f"content-length: {len(body)}")
        wire.send(body)
        assert wire.reply()[0] == 200


def test_who_expects_100_continue_is_told_to_go_on(small):
    body = '{"input": ["a"]}'
    with Wire(small) as wire:
        wire.head(f"content-length: {len(body)}", "expect: 100-continue")
        assert wire.reply()[0] == 100
        wire.send(body)
        assert wire.reply()[0] == 200


def test_head_has_no_body(small):
    answer = small.request("HEAD", "/health/live")
    assert (answer.status, answer.body) == (200, b"")


def test_work_of_a_client_that_has_gone_is_dropped(serve, held):
    with serve(fake=held) as server:
        with Wire(server) as wire:
            body = '{"input": ["a"]}'
            wire.head(f"content-length: {len(body)}")
            wire.send(body)
            assert held.arrived.acquire(timeout=10)
        assert held.cancelled.wait(timeout=10)
        assert server.gateway.deployments["fake"].queue.requests == 0


def test_a_client_that_does_not_read_is_given_up(serve, monkeypatch):
    monkeypatch.setattr(corking, "LEAVE_SECONDS", 0.3)
    with serve(SMALL, fake=FakeEmbedder(4096)) as server:
        body = json.dumps({"input": ["a"] * 1000}).encode()
        with Wire(server, buffer=4096) as wire:
            wire.head(f"content-length: {len(body)}")
            wire.send(body)
            noted = 'onevec_requests_total{dialect="azure",route="/embeddings",status="499"}'
            end = time.monotonic() + 20
            while noted not in server.get("/metrics").body.decode():
                assert time.monotonic() < end
            while server.server.server_state.connections:
                assert time.monotonic() < end


def test_many_large_bodies_share_a_budget():
    import asyncio

    from onevec.errors import OnevecError
    from onevec.server.messages import Request
    from onevec.server.reading import SMALL as FREE
    from onevec.server.reading import BodyLimits, BodyReader

    async def main():
        reader = BodyReader(BodyLimits(largest=10**6, together=300_000))

        def body(pieces, end):
            messages = [{"type": "http.request", "body": b"x" * FREE, "more_body": True}] * pieces

            async def receive():
                if messages:
                    return messages.pop()
                await end.wait()
                return {"type": "http.request", "body": b"", "more_body": False}

            return Request("POST", {}, b"", {}, None, receive, unread=True)

        end = asyncio.Event()
        first = asyncio.create_task(reader.read(body(4, end)))
        await asyncio.sleep(0)
        with pytest.raises(OnevecError) as caught:
            await reader.read(body(4, end))
        assert (caught.value.status, caught.value.code) == (503, "overloaded")
        end.set()
        assert len(await first) == 4 * FREE
        assert len(await reader.read(body(4, end))) == 4 * FREE

    asyncio.run(main())
