"""One peer in a process of its own: `python worker.py NAME FOLDER WORK CORPUS`, then a line of JSON each way."""

import contextlib
import importlib
import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
FLOOR = "matrix products"


def main(name: str, folder: Path, work: Path, corpus: Path) -> None:
    """Load, say so, and answer until standard input ends. What the library prints goes to standard error."""
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    cases = {key: (case["texts"], case["tokens"]) for key, case in json.loads(corpus.read_text()).items()}
    try:
        answers = _floor(folder) if name == FLOOR else _peer(name, folder, work, cases)
    except Exception as exc:  # whatever it is, it is this row's entry
        replies.write(json.dumps({"failed": f"{type(exc).__name__}: {str(exc).strip().splitlines()[:1]}"}) + "\n")
        return
    replies.write(json.dumps({"ready": True}) + "\n")
    for line in sys.stdin:
        what, *arguments = json.loads(line)
        replies.write(json.dumps(answers[what](*arguments)) + "\n")


def _floor(folder: Path) -> dict:
    from peers.floor import floor

    run = floor(folder)

    def rate(_case: str, seconds: float) -> list[float]:
        before = time.process_time()
        tokens, took = run(seconds)
        return [tokens / took, (time.process_time() - before) / tokens]

    return {"rate": rate}


def _peer(name: str, folder: Path, work: Path, cases: dict) -> dict:
    import numpy as np

    from peers.rows import PEERS

    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    if name.startswith("infinity"):
        os.environ.setdefault("DO_NOT_TRACK", "1")
    importlib.import_module(PEERS[name].module)
    encode = PEERS[name].load(folder, work)
    for texts, _ in cases.values():
        encode(texts[:16])

    def rate(case: str, seconds: float) -> list[float]:
        texts, tokens = cases[case]
        begun, before, runs = time.perf_counter(), time.process_time(), 0
        while time.perf_counter() - begun < seconds:
            encode(texts)
            runs += 1
        took, cpu = time.perf_counter() - begun, time.process_time() - before
        return [runs * tokens / took, cpu / (runs * tokens)]

    def latency(case: str, calls: int) -> list[float]:
        texts, took = cases[case][0], []
        for call in range(calls + 10):
            begun = time.perf_counter()
            encode([texts[call % len(texts)]])
            took.append(time.perf_counter() - begun)
        return took[10:]

    def vectors(case: str, count: int, file: str) -> None:
        np.save(file, encode(cases[case][0][:count]).astype(np.float32))

    return {"rate": rate, "latency": latency, "vectors": vectors}


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        main(sys.argv[1], *map(Path, sys.argv[2:]))
