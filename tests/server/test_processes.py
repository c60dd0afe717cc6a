"""`onevec serve` for real: reload and worker processes under load, signals, deaths, and the figures of all together."""

import base64
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="signals and shared sockets of Unix"),
    pytest.mark.thorough,
]

LITTLE = """
[server]
port = 0
workers = {workers}
{more}
[deployments.{name}]
model = "local:all-minilm-l6-v2"
aliases = ["always"]
"""


def settings_text(name="small", workers=1, more=""):
    return LITTLE.format(name=name, workers=workers, more=more)


class Command:
    """A running `onevec serve`."""

    def __init__(self, process, path):
        self.process, self.path = process, path
        self.log, self.port = [], None
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._news = threading.Condition()
        self._reader.start()

    def _read(self):
        for line in self.process.stderr:
            with self._news:
                self.log.append(line)
                self._news.notify_all()

    def wait_log(self, pattern, times=1):
        """Until as many lines of the log match."""

        def there():
            return sum(bool(re.search(pattern, line)) for line in self.log) >= times

        with self._news:
            assert self._news.wait_for(there, timeout=30), "".join(self.log)

    def write(self, name="small", **settings):
        self.path.write_text(settings_text(name, **settings))

    def hang_up(self):
        self.process.send_signal(signal.SIGHUP)

    def request(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body and json.dumps(body), {"content-type": "application/json"})
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()

    def embed(self, model="always", text="how do I reset my password"):
        body = {"model": model, "input": text, "encoding_format": "base64"}
        return self.request("POST", "/v1/embeddings", body)

    def vector(self):
        body = json.loads(self.embed()[1])
        return np.frombuffer(base64.b64decode(body["data"][0]["embedding"]), np.float32)

    def figure(self, name):
        page = self.request("GET", "/metrics")[1].decode()
        found = re.search(rf"^{re.escape(name)} (\S+)$", page, re.MULTILINE)
        return float(found[1]) if found else None

    def wait_figure(self, name, value):
        """Other processes tell their gauges once a second, and tell nobody that they do."""
        end = time.monotonic() + 10
        while self.figure(name) != value:
            assert time.monotonic() < end
            time.sleep(0.1)

    def workers(self):
        """Process ids of the workers, in the order of their start."""
        ids = subprocess.run(["pgrep", "-P", str(self.process.pid), "-f", "spawn_main"], capture_output=True, text=True)
        return [int(one) for one in ids.stdout.split()]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)


@contextmanager
def command(folder, **settings):
    path = folder / "c.toml"
    path.write_text(settings_text(**settings))
    process = subprocess.Popen(
        [sys.executable, "-m", "onevec", "serve", "--config", str(path)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder,
    )  # fmt: skip
    running = Command(process, path)
    try:
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        assert found, line + "".join(running.log)
        running.port = int(found[1])
        yield running
    finally:
        process.kill()
        process.wait()
        running._reader.join(5)
        process.stdout.close()
        process.stderr.close()


class Load:
    """Callers that ask again and again, each on a connection that stays open while it works."""

    def __init__(self, port, callers=8, reconnects=False):
        self.statuses, self.lost, self.connections = [], 0, 0
        self._port, self._reconnects = port, reconnects
        self._enough = threading.Condition()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(callers)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    def wait_more(self, answers=50):
        with self._enough:
            target = len(self.statuses) + answers
            assert self._enough.wait_for(lambda: len(self.statuses) >= target, timeout=30)

    def _ask(self):
        body = json.dumps({"model": "always", "input": "how do I reset my password"})
        while not self._stop.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
            self.connections += 1
            try:
                for _ in range(20 if self._reconnects else 10**9):
                    connection.request("POST", "/v1/embeddings", body, {"content-type": "application/json"})
                    reply = connection.getresponse()
                    reply.read()
                    with self._enough:
                        self.statuses.append(reply.status)
                        self._enough.notify_all()
                    if self._stop.is_set() or reply.getheader("connection") == "close":
                        break
            except (OSError, http.client.HTTPException):
                self.lost += 1
                if not self._reconnects:
                    return
            finally:
                connection.close()


def test_reloads_under_load_lose_no_request(tmp_path):
    with command(tmp_path) as server:
        assert server.embed("small")[0] == 200
        with Load(server.port) as load:
            for turn, name in enumerate(("other", "small", "third"), 1):
                load.wait_more()
                server.write(name)
                server.hang_up()
                server.wait_log("the configuration is in force", turn)
            load.wait_more()
        assert (load.lost, set(load.statuses), load.connections) == (0, {200}, 8)
        assert (server.embed("third")[0], server.embed("small")[0]) == (200, 404)
        assert server.figure('onevec_config_reloads_total{outcome="ok"}') == 3
        counted = server.figure('onevec_requests_total{dialect="openai",route="/v1/embeddings",status="200"}')
        assert counted == len(load.statuses) + 2
        assert server.stop() == 0


def test_another_model_is_loaded_beside_the_one_that_answers(tmp_path):
    with command(tmp_path) as server, Load(server.port, callers=2) as load:
        load.wait_more(10)
        server.path.write_text(server.path.read_text() + "client_args = { threads = 1 }\n")  # the same, loaded anew
        server.hang_up()
        server.wait_log("the configuration is in force")
        load.wait_more(10)
        load.__exit__()
        assert (load.lost, set(load.statuses)) == (0, {200})
        assert server.stop() == 0


def test_a_wrong_file_is_refused_with_its_line(tmp_path):
    with command(tmp_path) as server:
        server.path.write_text("[server]\nprot = 1\n")
        server.hang_up()
        server.wait_log(r"c\.toml:2: server\.prot: .* did you mean port")
        server.path.unlink()
        server.hang_up()
        server.wait_log("cannot be read")
        assert server.embed("small")[0] == 200
        assert server.figure('onevec_config_reloads_total{outcome="refused"}') == 2
        assert server.stop() == 0


def test_several_workers_are_one_server(tmp_path):
    with command(tmp_path, workers=2) as server:
        first, second = server.workers()
        with Load(server.port, reconnects=True) as load:
            load.wait_more(200)
            os.kill(second, signal.SIGKILL)
            server.wait_log(f"worker process {second} has ended with exit code -9")
            load.wait_more(100)
            server.wait_log("Application startup complete", 3)
            load.wait_more(50)
        # What the dead one had in hand is lost, one request a connection, and nothing else.
        assert load.lost <= 8
        assert set(load.statuses) == {200}
        replaced = server.workers()
        assert first in replaced
        assert second not in replaced
        assert len(replaced) == 2

        counted = server.figure('onevec_requests_total{dialect="openai",route="/v1/embeddings",status="200"}')
        assert len(load.statuses) <= counted <= len(load.statuses) + load.lost
        server.wait_figure('onevec_queue_requests{deployment="small"}', 0)

        server.write("other", workers=2)
        server.hang_up()
        server.wait_log("the configuration is in force: other", 2)
        assert {server.embed("small")[0] for _ in range(6)} == {404}
        assert {server.embed("other")[0] for _ in range(6)} == {200}
        server.path.write_text("x = 1\n")
        server.hang_up()
        server.wait_log(r"refused.*c\.toml:1: x")
        os.kill(first, signal.SIGKILL)  # whoever takes its place serves what is in force, not what the file says
        server.wait_log("Application startup complete", 4)
        assert {server.embed("other")[0] for _ in range(6)} == {200}
        assert server.figure('onevec_config_reloads_total{outcome="refused"}') == 1


def test_sigterm_drains_every_worker(tmp_path):
    with command(tmp_path, workers=2) as server:
        with Load(server.port) as load:
            load.wait_more(100)
            server.process.send_signal(signal.SIGTERM)
            for thread in load._threads:
                thread.join(0.2)
            assert server.process.wait(timeout=30) == 0
        # A caller that the stop has sent away comes again, to a port that nobody listens on: that one is refused.
        assert set(load.statuses) == {200}
        answered = sum('"status":200' in line for line in server.log)
        assert answered == len(load.statuses)
        assert "Traceback" not in "".join(server.log)


def test_one_engine_for_all_workers(tmp_path):
    with command(tmp_path) as alone:
        expected = alone.vector()
        info = alone.request("GET", "/info")[1]
    with command(tmp_path, workers=2, more='engine = "shared"') as server:
        engine, *workers = server.workers()
        assert len(workers) == 2
        for _ in range(4):
            assert np.allclose(server.vector(), expected, atol=1e-6)
        assert server.request("GET", "/info")[1] == info
        assert server.figure('onevec_batch_texts_sum{deployment="small"}') == 4
        assert _resident(engine) > 2 * max(map(_resident, workers))  # who has the weights
        with Load(server.port) as load:
            load.wait_more(50)
            os.kill(engine, signal.SIGKILL)
            server.wait_log(f"worker process {engine} has ended")
            load.wait_more(50)
            server.write("other", workers=2, more='engine = "shared"')
            server.hang_up()
            server.wait_log("the configuration is in force", 2)
            load.wait_more(50)
        assert (load.lost, set(load.statuses)) == (0, {200})  # those under way have been handed over again
        assert server.embed("other")[0] == 200
        assert server.stop() == 0
        assert not any(map(_lives, (*workers, *server.workers())))
        assert "Traceback" not in "".join(server.log)


def _resident(process):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text())[1])


def test_workers_end_with_their_parent(tmp_path):
    with command(tmp_path, workers=2) as server:
        ids = server.workers()
        server.process.kill()
        end = time.monotonic() + 20
        while any(_lives(one) for one in ids):  # nobody tells a stranger when a process ends
            assert time.monotonic() < end
            time.sleep(0.05)


def _lives(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_what_no_worker_can_load_ends_all(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text('[server]\nport = 0\nworkers = 2\n[deployments.a]\nmodel = "local:/no/such/folder"\n')
    done = subprocess.run(
        [sys.executable, "-m", "onevec", "serve", "--config", str(path)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode in (1, 2)
    assert done.stdout == ""
    assert [line for line in done.stderr.splitlines() if line.startswith("onevec: ")]
    assert "/no/such/folder" in done.stderr


def test_limits_that_each_worker_would_count_for_itself_are_refused(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text('[limits]\nrequests_per_minute = 5\n[deployments.a]\nmodel = "local:gist"\n')
    done = subprocess.run(
        [sys.executable, "-m", "onevec", "serve", "--config", str(path), "--workers", "2"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "c.toml:1: limits" in done.stderr
    assert "[redis]" in done.stderr
