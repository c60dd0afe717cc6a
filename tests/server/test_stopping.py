"""SIGTERM under load, too much load, and addresses that would be open to all, with the real command."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager

import httptools
import pytest

pytestmark = pytest.mark.thorough

BODY = b'{"model": "all-minilm-l6-v2", "input": "how do I reset my password", "encoding_format": "base64"}'
REQUEST = (
    b"POST /v1/embeddings HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    % len(BODY)
) + BODY


@contextmanager
def command(*arguments, folder):
    """The real `onevec serve`; yields the process, its port, and its log once it has ended."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith("ONEVEC")}
    process = subprocess.Popen(
        [sys.executable, "-m", "onevec", "serve", "--port", "0", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder, env=environ,
    )  # fmt: skip
    log = []
    reader = threading.Thread(target=lambda: log.extend(process.stderr), daemon=True)
    reader.start()
    try:
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        assert found, line + "".join(log)
        yield process, int(found[1]), log
    finally:
        process.kill()
        process.wait()
        reader.join(5)
        process.stdout.close()
        process.stderr.close()


class Reading:
    """Reads replies off a connection."""

    def __init__(self):
        self.replies = 0
        self.statuses = []
        self.closing = False
        self._parser = httptools.HttpResponseParser(self)

    def on_header(self, name, value):
        self.closing |= (name.lower(), value.lower()) == (b"connection", b"close")

    def on_message_complete(self):
        self.replies += 1
        self.statuses.append(self._parser.get_status_code())

    async def next(self, reader):
        expected = self.replies + 1
        while self.replies < expected:
            data = await reader.read(65536)
            if not data:
                return False
            self._parser.feed_data(data)
        return True


class Tally:
    def __init__(self):
        self.sent = self.answered = self.lost = 0
        self.statuses = set()
        self.enough = asyncio.Event()

    def note(self, answered):
        self.sent += 1
        self.answered += answered
        self.lost += not answered
        if self.answered >= 200:
            self.enough.set()


async def caller(port, tally, stop):
    """Asks again and again on one connection, until the server closes it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    reading = Reading()
    try:
        while not (reading.closing or stop.is_set()):
            writer.write(REQUEST)
            try:
                answered = await reading.next(reader)
            except ConnectionError:
                answered = False
            tally.note(answered)
            if not answered:
                return
        tally.statuses |= set(reading.statuses)
    finally:
        writer.close()


def test_sigterm_under_load_answers_every_accepted_request(tmp_path):
    tally = Tally()
    with command(folder=tmp_path) as (process, port, log):

        async def load():
            stop = asyncio.Event()
            callers = [asyncio.create_task(caller(port, tally, stop)) for _ in range(32)]
            await asyncio.wait_for(tally.enough.wait(), 30)
            process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(asyncio.gather(*callers), 30)

        asyncio.run(load())
        assert process.wait(timeout=30) == 0
    assert tally.lost == 0
    assert tally.sent == tally.answered >= 200
    assert tally.statuses == {200}
    assert sum('"event":"request"' in line for line in log) == tally.answered
    assert "password" not in "".join(log)


def test_ctrl_c_ends_quietly(tmp_path):
    with command(folder=tmp_path) as (process, _, log):
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
    assert "Traceback" not in "".join(log)


CROWDED = """
[server]
port = 0
max_waiting_requests = 4
deadline = 0.4
[deployments.fake]
model = "local:fake"
"""


def test_past_the_queue_requests_are_refused_at_once(serve, held):
    with serve(CROWDED, fake=held) as server:
        body = {"model": "fake", "input": "a"}
        answers = []
        threads = [
            threading.Thread(target=lambda: answers.append(server.post("/v1/embeddings", body))) for _ in range(12)
        ]
        for thread in threads:
            thread.start()
        for _ in range(4):
            assert held.arrived.acquire(timeout=10)
        for thread in threads:
            thread.join(timeout=20)
        statuses = sorted(answer.status for answer in answers)
        refused = [answer for answer in answers if answer.json["error"]["code"] == "overloaded"]
        late = [answer for answer in answers if answer.json["error"]["code"] == "timeout"]
        assert statuses == [503] * 12
        # Whoever was admitted waited for the deadline and not longer; a place that it left may have been taken again.
        assert len(late) >= 4
        assert refused
        assert all(int(answer.headers["retry-after"]) >= 1 for answer in answers)
        assert server.gateway.deployments["fake"].queue.requests == 0
        held.release()
        assert server.post("/v1/embeddings", body).status == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "example.com"])
def test_an_address_for_others_needs_keys(host):
    from dataclasses import replace

    from onevec.errors import ConfigurationError
    from onevec.gateway import Auth, Config
    from onevec.server.processes.run import check_exposure

    config = Config.of_model("local:all-minilm-l6-v2", host=host)
    with pytest.raises(ConfigurationError, match="--no-auth"):
        check_exposure(config)
    check_exposure(config, no_auth=True)
    check_exposure(replace(config, auth=Auth(keys="keys.json")))
    check_exposure(replace(config, auth=Auth(none=True)))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost"])
def test_loopback_needs_none(host):
    from onevec.gateway import Config
    from onevec.server.processes.run import check_exposure

    check_exposure(Config.of_model("local:all-minilm-l6-v2", host=host))


def test_a_port_that_is_taken():
    from onevec.errors import ConfigurationError
    from onevec.server.processes.run import bind

    with socket.create_server(("127.0.0.1", 0)) as first, pytest.raises(ConfigurationError, match="--port"):
        bind("127.0.0.1", first.getsockname()[1])


def test_nobody_can_connect_before_the_server_answers():
    from onevec.server.processes.run import bind

    with bind("127.0.0.1", 0) as bound, pytest.raises(ConnectionRefusedError):
        socket.create_connection(bound.getsockname())
