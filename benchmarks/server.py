"""The HTTP layer against the engine called in process: throughput, added latency, and what too much load does.

    python benchmarks/server.py [--rounds 5] [--overload-seconds 60]

Everything runs on loopback, with the bundled model, as `onevec serve` starts it. The engine runs in a process of its
own, so that neither side has the other's memory or threads; the two take turns, round by round, and ratios are medians
of rounds. The load generator is asyncio with httptools; it shares the processor's cores with what it measures.
"""

import argparse
import asyncio
import contextlib
import json
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import httptools
import uvloop

MODEL = "all-minilm-l6-v2"
TEXTS = [f"how do I reset the password of account number {i}" for i in range(512)]
CONNECTIONS = 64
OVERLOAD = """
[server]
port = 0
deadline = 2.0
max_waiting_requests = 128
log_level = "warning"
[deployments.all-minilm-l6-v2]
model = "local:all-minilm-l6-v2"
"""
DEADLINE = 2.0


def request(text: str) -> bytes:
    """What OpenAI's client sends, without its further headers."""
    body = json.dumps({"input": [text], "model": MODEL, "encoding_format": "base64"}).encode()
    head = f"POST /v1/embeddings HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


REQUESTS = [request(text) for text in TEXTS]


class Caller(asyncio.Protocol):
    """One connection that asks again as soon as it is answered."""

    def __init__(self, place: int, note) -> None:
        self._turn = place * 37
        self._note = note
        self._parser = httptools.HttpResponseParser(self)
        self.done = asyncio.get_running_loop().create_future()
        self.stopping = False

    def connection_made(self, transport) -> None:
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        self._turn += 1
        self._sent = time.perf_counter()
        self._transport.write(REQUESTS[self._turn % len(REQUESTS)])

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self._note(self._parser.get_status_code(), time.perf_counter() - self._sent)
        if self.stopping:
            self._transport.close()
        else:
            self._ask()

    def connection_lost(self, _exc) -> None:
        if not self.stopping:
            self._note(0, 0.0)
        if not self.done.done():
            self.done.set_result(None)


async def load(port: int, connections: int, seconds: float) -> tuple[Counter[int], dict[int, list[float]]]:
    """Statuses (0: the connection broke), and the seconds that each answer took."""
    statuses: Counter[int] = Counter()
    times: dict[int, list[float]] = {}

    def note(status: int, took: float) -> None:
        statuses[status] += 1
        times.setdefault(status, []).append(took)

    loop = asyncio.get_running_loop()
    callers = []
    for place in range(connections):
        _, caller = await loop.create_connection(lambda place=place: Caller(place, note), "127.0.0.1", port)
        callers.append(caller)
    await asyncio.sleep(seconds)
    counted = statuses.copy()
    for caller in callers:
        caller.stopping = True
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.gather(*(caller.done for caller in callers)), 60)
    return counted, times


@contextlib.contextmanager
def server(*arguments: str):
    """The real command; its process and its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "onevec", "serve", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        line = process.stdout.readline()
        yield process, int(re.search(r"127\.0\.0\.1:(\d+)", line)[1])
    finally:
        process.terminate()
        process.wait(60)


class Engine:
    """The engine in a process of its own, told what to do line by line."""

    def __enter__(self):
        command = [sys.executable, __file__, "--engine"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *exc) -> None:
        self._process.stdin.close()
        self._process.wait(30)

    def ask(self, callers: int, seconds: float) -> tuple[int, list[float]]:
        self._process.stdin.write(f"{callers} {seconds}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def engine_main() -> None:
    """What runs in the engine's process."""
    from onevec.engine import load as load_model
    from onevec.types import EmbedRequest

    embedder = load_model(MODEL)

    async def work(callers: int, seconds: float) -> list[float]:
        times: list[float] = []
        end = time.perf_counter() + seconds

        async def caller(turn: int) -> None:
            while (sent := time.perf_counter()) < end:
                turn += 1
                await embedder.aembed(EmbedRequest(MODEL, (TEXTS[turn % len(TEXTS)],)))
                times.append(time.perf_counter() - sent)

        await asyncio.gather(*(caller(place * 37) for place in range(callers)))
        return times

    print("ready", flush=True)
    for line in sys.stdin:
        callers, seconds = line.split()
        times = uvloop.run(work(int(callers), float(seconds)))
        print(json.dumps([len(times), times if callers == "1" else []]), flush=True)
    embedder.close()


def throughput(engine: Engine, port: int, rounds: int, seconds: float) -> None:
    ratios = []
    for turn in range(rounds + 1):
        inside = engine.ask(CONNECTIONS, seconds)[0] / seconds
        statuses, _ = uvloop.run(load(port, CONNECTIONS, seconds))
        outside = statuses[200] / seconds
        assert set(statuses) == {200}, statuses
        if turn:  # the first round warms up
            ratios.append(outside / inside)
            print(f"  engine {inside:7.0f} texts/s   http {outside:7.0f} requests/s   ratio {ratios[-1]:.2f}")
    print(f"(a) {CONNECTIONS} connections: http / engine = {statistics.median(ratios):.2f} (target 0.80)")


def latency(engine: Engine, port: int, rounds: int, seconds: float) -> None:
    added = []
    for turn in range(rounds + 1):
        inside = statistics.median(engine.ask(1, seconds)[1])
        _, times = uvloop.run(load(port, 1, seconds))
        outside = statistics.median(times[200])
        if turn:
            added.append(outside - inside)
            print(
                f"  engine p50 {inside * 1e3:.2f} ms   http p50 {outside * 1e3:.2f} ms   added {added[-1] * 1e3:.2f} ms"
            )
    print(f"(b) one connection: added p50 = {statistics.median(added) * 1e3:.2f} ms (target 1 ms)")


def resident(process: int) -> float:
    """MiB of memory that a process holds."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def overload(seconds: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "onevec.toml"
        config.write_text(OVERLOAD)
        with server("--config", str(config)) as (process, port):
            # OpenVINO keeps something for every shape of a batch that it meets; let it meet most of them.
            uvloop.run(load(port, 2 * CONNECTIONS, min(20.0, seconds)))
            memory = []
            stop = threading.Event()

            def watch() -> None:
                while not stop.wait(1.0):
                    memory.append(resident(process.pid))

            watcher = threading.Thread(target=watch)
            watcher.start()
            statuses, times = uvloop.run(load(port, 10 * CONNECTIONS, seconds))
            stop.set()
            watcher.join()
    answered = sorted(times.get(200, [0.0]))
    refused = sorted(times.get(503, [0.0]))
    print(f"(c) {10 * CONNECTIONS} connections that never pause, {seconds:g} s: {dict(statuses)}")
    early, late = statistics.median(memory[: len(memory) // 4 + 1]), statistics.median(memory[-len(memory) // 4 - 1 :])
    print(f"    memory: first quarter {early:.0f} MiB, last quarter {late:.0f} MiB, most {max(memory):.0f} MiB")
    for name, found in (("admitted", answered), ("refused", refused)):
        p50, p99 = (found[int(len(found) * share)] * 1e3 for share in (0.5, 0.99))
        print(f"    {name}: {len(found)}, p50 {p50:.0f} ms, p99 {p99:.0f} ms (deadline {DEADLINE * 1e3:.0f} ms)")
    assert set(statuses) <= {200, 429, 503}, statuses


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--overload-seconds", type=float, default=60.0)
    parser.add_argument("--engine", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.engine:
        return engine_main()
    with Engine() as engine, server() as (_, port):
        throughput(engine, port, options.rounds, options.seconds)
        latency(engine, port, options.rounds, options.seconds)
    return overload(options.overload_seconds)


if __name__ == "__main__":
    main()
