"""The engine against other libraries, on the same texts and the same weights: throughput and the latency of one query.

    python benchmarks/engine.py --model PATH [--shape bge-base] [--rounds 5] [--peers onevec,fastembed]
                                [--python "infinity torch=/other/venv/bin/python"]

PATH is a folder with a published model, such as all-MiniLM-L6-v2; without it a model of the shape of MiniLM with random
weights is made, with a tokenizer that comes with onevec. Each library runs in a process of its own, stopped (SIGSTOP)
while it is not its turn, and the libraries take turns round by round, so that a drift of the machine hits all alike.
Figures are medians of rounds, ratios are medians of a round's ratios with the lowest and the highest. Processor time is
what is left to compare on a machine that others use, too; threads that wait by spinning count in it. Tokenisation is
included everywhere, except in the last row: a model's linear layers alone, through OpenVINO. Nothing is fetched.
"""

import argparse
import json
import signal
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from peers.corpus import cases
from peers.rows import NEED_ONNX, PEERS
from peers.shapes import SHAPES, write_model
from peers.worker import FLOOR

import onevec.engine

BUNDLED = Path(onevec.engine.__file__).parent / "bundled"
OURS, REFERENCE = "onevec", "sentence-transformers fp32"
COMPARED = 64
GOALS = [
    ("sentence-transformers fp32", 10.0, "times"),
    ("onnxruntime fp32 sorted", 7.0, "times"),
    ("the best peer", 2.0, "times"),
    (FLOOR, 0.6, "of"),
]
"""On mixed texts."""


class Worker:
    """A peer's process; it runs only while it is asked something."""

    def __init__(self, name: str, python: str, folder: Path, work: Path, corpus: Path) -> None:
        work.mkdir()
        self._log = (work / "log").open("w")
        script = Path(__file__).parent / "peers" / "worker.py"
        command = [python, str(script), name, str(folder), str(work), str(corpus)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True
        )
        reply = self._reply()
        self.failed = reply.get("failed")
        if not self.failed:
            self._process.send_signal(signal.SIGSTOP)

    def ask(self, *question):
        self._process.send_signal(signal.SIGCONT)
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer = self._reply()
        if isinstance(answer, dict):
            raise SystemExit(f"{self._log.name}: {answer['failed']}")
        self._process.send_signal(signal.SIGSTOP)
        return answer

    def _reply(self):
        line = self._process.stdout.readline()
        return json.loads(line) if line else {"failed": "the process ended"}

    def close(self) -> None:
        self._process.send_signal(signal.SIGCONT)
        self._process.kill()
        self._process.wait()
        self._log.close()


@dataclass
class Figures:
    """What was found of one peer: tokens a second, and processor seconds a token, by case and round; single queries."""

    failed: str | None = None
    rates: dict[str, list[float]] = field(default_factory=dict)
    cpu: dict[str, list[float]] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)
    cosine: float | None = None


def main() -> None:
    given = arguments()
    with tempfile.TemporaryDirectory(dir=given.temp) as temp, ExitStack() as stack:
        folder = model_folder(given, Path(temp))
        found_cases = cases(folder / "tokenizer.json", given.share)
        corpus = Path(temp) / "corpus.json"
        corpus.write_text(json.dumps({name: asdict(case) for name, case in found_cases.items()}))
        for name, case in found_cases.items():
            print(f"{name}: {len(case.texts)} texts, {case.tokens / len(case.texts):.1f} tokens each")
        asked = [*given.peers.split(","), OURS] if given.peers else PEERS
        names = [*(name for name in PEERS if name in asked), FLOOR]
        export_onnx(folder, Path(temp), names)
        figures, workers = {name: Figures() for name in names}, {}
        for i, name in enumerate(names):
            start(name, pythons(given).get(name), folder, Path(temp) / str(i), corpus, figures, workers, stack)
        measure(given, list(found_cases), workers, figures)
        compare_vectors(Path(temp), workers, figures)
    show(figures, list(found_cases))
    if given.json:
        Path(given.json).write_text(json.dumps({name: asdict(one) for name, one in figures.items()}))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="folder of a published BERT in safetensors")
    parser.add_argument("--shape", choices=SHAPES, help="random weights of this shape instead")
    parser.add_argument("--peers", help="names, comma-separated; all that are installed by default")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--share", type=float, default=1.0, help="of the texts, for large models")
    parser.add_argument("--seconds", type=float, default=1.0, help="at least so long for each figure of a round")
    parser.add_argument("--python", action="append", default=[], metavar="PEER=PYTHON", help="a peer's interpreter")
    parser.add_argument("--temp", help="where models are written to")
    parser.add_argument("--json", help="write all figures to this file")
    return parser.parse_args()


def pythons(given: argparse.Namespace) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in given.python)


def model_folder(given: argparse.Namespace, temp: Path) -> Path:
    if given.model and not given.shape:
        return given.model.resolve()
    return write_model(SHAPES[given.shape or "minilm-l6"], given.model or BUNDLED, temp / "model")


def export_onnx(folder: Path, temp: Path, names: list[str]) -> None:
    if NEED_ONNX.intersection(names) and find_spec("torch"):
        script = Path(__file__).parent / "peers" / "export.py"
        file = temp / "onnx" / "model.onnx"
        subprocess.run([sys.executable, script, folder, file], check=True, capture_output=True)


def start(name, python, folder, work, corpus, figures, workers, stack) -> None:
    module = PEERS[name].module if name in PEERS else "openvino"
    if python is None and not installed(module):
        figures[name].failed = "not installed"
        return
    worker = Worker(name, python or sys.executable, folder, work, corpus)
    stack.callback(worker.close)
    figures[name].failed = worker.failed
    if worker.failed:
        print(f"{name}: {worker.failed}", (work / "log").read_text()[-2000:], sep="\n", file=sys.stderr)
    else:
        workers[name] = worker


def installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def measure(given, names: list[str], workers: dict[str, Worker], figures: dict[str, Figures]) -> None:
    for turn in range(given.rounds):
        for name, worker in workers.items():
            for case in names:
                rate, cpu = worker.ask("rate", case, given.seconds)
                figures[name].rates.setdefault(case, []).append(rate)
                figures[name].cpu.setdefault(case, []).append(cpu)
            if name != FLOOR:
                figures[name].latencies += worker.ask("latency", "short", 100)
        print(f"round {turn + 1} of {given.rounds}", file=sys.stderr)


def compare_vectors(temp: Path, workers: dict[str, Worker], figures: dict[str, Figures]) -> None:
    """The lowest cosine to torch in float32."""
    files = {name: temp / f"{i}.npy" for i, name in enumerate(workers) if name != FLOOR}
    for name, file in files.items():
        workers[name].ask("vectors", "mixed", COMPARED, str(file))
    if REFERENCE in files:
        right = np.load(files[REFERENCE])
        for name, file in files.items():
            vectors = np.load(file)
            lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(right, axis=1)
            figures[name].cosine = float(((vectors * right).sum(axis=1) / lengths).min())


def show(figures: dict[str, Figures], names: list[str]) -> None:
    ours = figures[OURS]
    for case in names:
        print(f"\n{case:33}{'tokens/s':>10}{'ours, times that':>24}{'cpu µs/token':>14}{'times ours':>12}")
        for name, one in figures.items():
            if one.failed:
                print(f"{name:33}{one.failed:>40.60}")
                continue
            rates = ratios(ours.rates[case], one.rates[case])
            cpu = statistics.median(ratios(one.cpu[case], ours.cpu[case]))
            spread = f"{statistics.median(rates):.2f}  ({min(rates):.2f} to {max(rates):.2f})"
            rate, spent = statistics.median(one.rates[case]), statistics.median(one.cpu[case]) * 1e6
            print(f"{name:33}{rate:10.0f}{spread:>24}{spent:14.1f}{cpu:12.2f}")
    show_latencies(figures)
    show_goals(figures)


def ratios(above: list[float], below: list[float]) -> list[float]:
    """Round by round."""
    return [a / b for a, b in zip(above, below, strict=True)]


def show_latencies(figures: dict[str, Figures]) -> None:
    ours = figures[OURS]
    print(f"\n{'one short query':33}{'p50 ms':>8}{'p99 ms':>8}{'p50: times ours':>17}{'min cosine to fp32':>20}")
    for name, one in figures.items():
        if one.latencies:
            p50, p99 = (float(np.percentile(one.latencies, q)) for q in (50, 99))
            cosine = "" if one.cosine is None else f"{one.cosine:.5f}"
            times = p50 / float(np.percentile(ours.latencies, 50))
            print(f"{name:33}{p50 * 1e3:8.2f}{p99 * 1e3:8.2f}{times:17.2f}{cosine:>20}")


def show_goals(figures: dict[str, Figures]) -> None:
    rates = {name: one.rates["mixed"] for name, one in figures.items() if not one.failed}
    cpu = {name: one.cpu["mixed"] for name, one in figures.items() if not one.failed}
    peers = [name for name in rates if not name.startswith(OURS) and name != FLOOR]
    if peers:
        best = max(peers, key=lambda name: statistics.median(rates[name]))
        frugal = min(peers, key=lambda name: statistics.median(cpu[name]))
        rates["the best peer"], cpu["the best peer"] = rates[best], cpu[frugal]
        print(f"\nthe best peer: {best}; by processor time: {frugal}")
    for name, goal, word in GOALS:
        if name in rates:
            ratio = statistics.median(ratios(rates[OURS], rates[name]))
            by_cpu = statistics.median(ratios(cpu[name], cpu[OURS]))
            verdict = "met" if ratio >= goal else "missed"
            print(f"mixed texts: {ratio:.2f} {word} {name} ({by_cpu:.2f} by processor time); goal {goal}: {verdict}")


if __name__ == "__main__":
    main()
