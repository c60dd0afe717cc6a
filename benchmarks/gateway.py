"""One hop through a gateway: requests a second, processor time a request, and what it adds to an answer's time.

    python benchmarks/gateway.py [--litellm PYTHON] [--mlflow PYTHON] [--cache] [--encoding float]
                                 [--rounds 5] [--seconds 3]

PYTHON is that of an environment in which the peer is installed; a peer that is not named, or does not start, is said
and skipped. Every gateway stands before the same upstream, a process that answers with a reply made beforehand; the
load comes from a third process. Everything is on loopback and shares the machine's cores. Gateways take turns, round by
round, each stopped (SIGSTOP) while it is not its turn; figures are medians of rounds, ratios medians of a round's
ratios with the lowest and the highest. Processor time is that of the gateway's processes alone, threads included: it
is what is left to compare on a machine that others use, too.
"""

import argparse
import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateways.rows import GATEWAYS, MODEL, Start

HERE = Path(__file__).parent / "gateways"
DIRECT = "the upstream itself"
READY_SECONDS = 90.0
MANY = 32
GOAL_RATIO, GOAL_ADDED = 50.0, 1e-3


class Worker:
    """The load's process: an order a line, an answer a line."""

    def __init__(self) -> None:
        command = [sys.executable, str(HERE / "load.py")]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **order) -> dict:
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@dataclass
class Contestant:
    """One that is asked: where, with which key, and its process, which runs only while it is its turn."""

    name: str
    port: int
    start: Start
    process: subprocess.Popen | None = None

    def order(self, connections: int, seconds: float, encoding: str) -> dict:
        fields = {} if self.start.input_only else {"model": MODEL, "encoding_format": encoding}
        said = {"port": self.port, "path": self.start.path, "key": self.start.key, "fields": fields}
        return {**said, "connections": connections, "seconds": seconds}

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        self._signal(signal.SIGCONT)
        try:
            yield
        finally:
            self._signal(signal.SIGSTOP)

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, number)

    def processor(self) -> float:
        """Seconds of processor time that its processes have used."""
        return sum(map(used, family(self.process.pid))) if self.process is not None else 0.0

    def close(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):  # it has ended by itself
                os.killpg(self.process.pid, signal.SIGKILL)  # a process group of its own, started here
            self.process.wait()


def family(pid: int) -> list[int]:
    """A process and its children."""
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            found += map(int, task.read_text().split())
    return found


def used(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Figures:
    """What one turn came to: requests a second and processor seconds a request under load, seconds of one alone."""

    rate: float
    processor: float
    alone: float


def measured(contestant: Contestant, load: Worker, seconds: float, encoding: str) -> Figures:
    with contestant.turn():
        load.ask(**contestant.order(4, 0.3, encoding))  # connections and caches that sleeping has cooled
        before = contestant.processor()
        many = load.ask(**contestant.order(MANY, seconds, encoding))
        spent = contestant.processor() - before
        one = load.ask(**contestant.order(1, seconds / 2, encoding))
    if {*many["statuses"], *one["statuses"]} != {"200"}:
        raise SystemExit(f"{contestant.name} answered {many['statuses']} and {one['statuses']}")
    answered = many["statuses"]["200"]
    return Figures(answered / seconds, spent / answered, one["p50"])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def started(name: str, python: str, upstream: int, folder: Path, load: Worker, encoding: str) -> Contestant | None:
    """A gateway that answers; None, and why, when it does not."""
    folder.mkdir()
    port = free_port()
    start = GATEWAYS[name].prepare(python, folder, port, upstream)
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            start.command,
            env={**os.environ, **start.environ},
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    contestant = Contestant(name, port, start, process)
    end, answer = time.monotonic() + READY_SECONDS, "nothing"
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            answer = load.ask(**contestant.order(1, 0.2, encoding))["statuses"]
            if set(answer) == {"200"}:
                contestant._signal(signal.SIGSTOP)
                return contestant
        time.sleep(0.2)
    said = (folder / "log").read_text().strip().splitlines()[-1:] or ["nothing"]
    print(f"{name}: skipped; it answered {answer}, and its log ends: {said[0][:200]}")
    contestant.close()
    return None


def spread(values: list[float], digits: int = 1) -> str:
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def report(rounds: list[dict[str, Figures]], encoding: str) -> None:
    print(f"\none text, 1536 dimensions, {encoding}; medians of {len(rounds)} rounds")
    print(f"| gateway | {MANY} connections, requests/s | processor, µs/request | one connection, p50 ms | added, ms |")
    print("|---|---|---|---|---|")
    for name in rounds[0]:
        rate, processor = (
            statistics.median(getattr(turn[name], what) for turn in rounds) for what in ("rate", "processor")
        )
        alone = statistics.median(turn[name].alone for turn in rounds)
        added = statistics.median(turn[name].alone - turn[DIRECT].alone for turn in rounds)
        cells = [f"{rate:.0f}", f"{processor * 1e6:.0f}", f"{alone * 1e3:.2f}", f"{added * 1e3:.2f}"]
        print(f"| {name} | {' | '.join(cells if name != DIRECT else [cells[0], '', cells[2], ''])} |")
    added = statistics.median(turn["onevec"].alone - turn[DIRECT].alone for turn in rounds)
    print(f"\nadded p50 at one connection: {added * 1e3:.2f} ms (goal: at most {GOAL_ADDED * 1e3:g})")
    for name in rounds[0].keys() - {"onevec", DIRECT}:
        rates = [turn["onevec"].rate / turn[name].rate for turn in rounds]
        work = [turn[name].processor / turn["onevec"].processor for turn in rounds]
        goal = f" (goal: {GOAL_RATIO:g})" if name == "litellm" else ""
        print(f"onevec / {name}: {spread(rates)} times the requests a second{goal}")
        print(f"  {name} takes {spread(work)} times the processor a request")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--encoding", choices=("base64", "float"), default="base64")
    parser.add_argument("--cache", action="store_true", help="ours once more, with the cache hot")
    for name in ("litellm", "mlflow"):
        parser.add_argument(f"--{name}", metavar="PYTHON")
    options = parser.parse_args()
    pythons = {"onevec": sys.executable, "litellm": options.litellm, "mlflow": options.mlflow}
    pythons["onevec, cache hot"] = sys.executable if options.cache else None
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stub = subprocess.Popen([sys.executable, str(HERE / "upstream.py")], stdout=subprocess.PIPE, text=True)
        load = Worker()
        for process in (stub, load.process):
            stack.callback(process.wait)
            stack.callback(process.kill)
        upstream = int(stub.stdout.readline())
        contestants = [Contestant(DIRECT, upstream, Start([]))]
        for name, row in GATEWAYS.items():
            if pythons[name] is None:
                print(f"{name}: skipped; see --help")
                continue
            found = started(
                name,
                pythons[name],
                upstream,
                folder / name.replace(", ", "-").replace(" ", "-"),
                load,
                options.encoding,
            )
            if found is not None:
                print(f"{name}: {row.on}")
                stack.callback(found.close)
                contestants.append(found)
        rounds = [
            {one.name: measured(one, load, options.seconds, options.encoding) for one in contestants}
            for _ in range(options.rounds + 1)
        ]
    report(rounds[1:], options.encoding)  # the first round warms up


if __name__ == "__main__":
    main()
