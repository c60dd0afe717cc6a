import json
import re
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from onevec.bulk.manifest import Done
from onevec.bulk.progress import Progress
from onevec.cli import main
from onevec.cli.run import _told, lines_of
from onevec.exchange import HttpRequest
from onevec.testing import FakeProvider


@pytest.fixture
def run(capfd, tmp_path, monkeypatch):
    """Run the command in this process and a folder of its own: (exit code, standard output, standard error)."""
    monkeypatch.chdir(tmp_path)

    def run(*args):
        with pytest.raises(SystemExit) as left:
            main(["run", *args])
        out, err = capfd.readouterr()
        return left.value.code or 0, out, err

    return run


@pytest.fixture
def lines(tmp_path):
    (tmp_path / "lines.txt").write_text("first\nsecond\nthird\n")
    return "lines.txt"


def test_a_run_says_what_it_has_done(run, lines, tmp_path):
    code, out, err = run(lines, "--to", "out.jsonl")
    assert (code, err) == (0, "")
    assert out == "3 rows · 3 vectors in out.jsonl · 9 tokens\n"
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == ["lines.txt:0", "lines.txt:1", "lines.txt:2"]
    again = "3 rows (3 before this run) · 3 vectors in out.jsonl · 9 tokens\n"
    assert run(lines, "--to", "out.jsonl") == (0, again, "")


def test_dead_letters_have_an_exit_code(run, tmp_path):
    (tmp_path / "lines.txt").write_text("first\n\n" + "word " * 400 + "\n")
    code, out, err = run("lines.txt", "--to", "out.jsonl")
    assert (code, err) == (3, "")
    assert "2 without a vector: out.jsonl.dead.jsonl says why" in out
    found = [json.loads(line) for line in (tmp_path / "out.jsonl.dead.jsonl").read_text().splitlines()]
    assert [one["code"] for one in found] == ["unreadable", "context_length_exceeded"]
    assert "402 tokens" in found[1]["reason"]
    assert "word" not in found[1]["reason"]


def test_a_dry_run_only_counts(run, lines, tmp_path):
    code, out, _ = run(lines, "--to", "out.jsonl", "--dry-run")
    assert code == 0
    assert out.startswith("3 rows · 3 vectors · 9 tokens · no price known · about ")
    assert [path.name for path in tmp_path.iterdir()] == ["lines.txt"]


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["nowhere.txt", "--to", "out.npy"], 2, "no such file"),
        (["lines.txt", "--to", "out.xml"], 2, "out.xml"),
        (["lines.txt"], 2, "--to"),
        (["lines.txt", "--to", "out.npy", "-m", "opneai:x"], 2, "openai"),
        (["lines.txt", "--to", "out.npy", "-c", "text"], 2, "no columns"),
        (["lines.txt", "--to", "out.npy", "-m", "openai:x"], 2, "OPENAI_API_KEY"),
        (["lines.txt", "--to", "nowhere/out.npy"], 1, "nowhere"),
    ],
)
def test_an_error_is_one_line_and_a_code(run, lines, monkeypatch, args, code, words):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    got, out, err = run(*args)
    assert (got, out) == (code, "")
    assert err.count("\n") in (1, 2)
    assert words in err


class Stalling(FakeProvider):
    """Answers so many requests; then says that it has, and answers no more until it is let go."""

    def __init__(self, most):
        super().__init__()
        self.left, self.stalled, self.go = most, threading.Event(), threading.Event()

    def send(self, request):
        self.left -= 1
        if self.left < 0:
            self.stalled.set()
            self.go.wait(60)
        return super().send(request)


@pytest.fixture
def stalling():
    """Such a provider on a real port."""
    fake = Stalling(5)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            reply = fake.send(HttpRequest("POST", self.path, dict(self.headers.items()), body))
            try:
                self.send_response(reply.status)
                self.send_header("content-length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)
            except OSError:  # whoever asked has been interrupted
                self.close_connection = True

        def log_message(self, *args):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}/v1"
    yield fake
    fake.go.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_commits_what_is_done_and_goes_on(stalling, number, tmp_path):
    (tmp_path / "lines.txt").write_text("".join(f"text {i}\n" for i in range(40)))
    command = [sys.executable, "-m", "onevec", "run", "lines.txt", "--to", "out.jsonl", "--shard-rows", "4"]
    command += ["-m", f"{stalling.url}:any", "--client-arg", "max_items=4", "--concurrency", "2"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert stalling.stalled.wait(60)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert "give the same command again" in err
    assert "Traceback" not in err
    stalling.left = 10**9
    stalling.go.set()
    before = len(stalling.embedder.requests)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.match(r"40 rows \(\d+ before this run\) · 40 vectors", done.stdout)
    rows = [json.loads(line)["id"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert rows == [f"lines.txt:{i}" for i in range(40)]
    again = [text for request in stalling.embedder.requests[before:] for text in request.inputs]
    assert "text 0" not in again


def test_a_log_has_a_line_a_minute(capfd):
    watch, before = lines_of(), Done()
    for seconds in range(0, 200, 7):
        watch(Progress(before, Done(rows=seconds), float(seconds)))
    assert capfd.readouterr().err.count(" rows · ") == 3


def test_progress_is_one_line():
    before = Done(rows=1000, tokens=5000)
    now = Progress(before, Done(rows=3000, tokens=25_000, cost=0.5, dead=2), 10.0, total=13_000)
    assert _told(now) == (
        "3,000 of 13,000 rows · 2,000 tokens/s · 50 s left · $0.5000 of about $2.1667 · 2 dead letters"
    )
    assert _told(Progress(before, before, 0.0)) == "1,000 rows · 0 tokens/s"
