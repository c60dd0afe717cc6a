"""One caller with a query, while others keep the engine busy with bulk: how long he waits, and what bulk pays.

    python benchmarks/mixed.py [--model PATH] [--rounds 5] [--seconds 4] [--rate 20]

Each round measures three states one after another: queries alone, bulk alone, and both. Bulk is four threads, each with
256 docstrings a call, as soon as the last is answered; queries come at a fixed rate, whether or not the last is
answered, so that a slow answer delays no later question. Threads give up Python's lock as often as in `onevec serve`.
Printed are medians of rounds.
"""

import argparse
import statistics
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from peers.corpus import cases

import onevec.engine
from onevec.server.processes.run import SWITCH_SECONDS
from onevec.types import EmbedRequest

BUNDLED = Path(onevec.engine.__file__).parent / "bundled"
BULK_CALLERS = 4
GOAL = 5.0


@dataclass
class Bulk:
    """Callers who ask for many texts at a time until they are stopped."""

    embedder: object
    texts: list[str]
    stopped: threading.Event = field(default_factory=threading.Event)

    def __enter__(self):
        self._threads = [threading.Thread(target=self._call) for _ in range(BULK_CALLERS)]
        for thread in self._threads:
            thread.start()
        return self

    def _call(self) -> None:
        while not self.stopped.is_set():
            self.embedder.embed(EmbedRequest("m", tuple(self.texts)))

    def __exit__(self, *exc) -> None:
        self.stopped.set()
        for thread in self._threads:
            thread.join()


class Meter:
    """Counts the tokens that the engine runs, batch by batch: those of queries are one in a hundred."""

    def __init__(self, embedder) -> None:
        self._tokens = 0
        embedder.on_batch(self._count)

    def _count(self, _texts: int, tokens: int, *_more: int) -> None:
        self._tokens += tokens

    def rate(self, seconds: float) -> float:
        """Tokens a second from now on."""
        before, begun = self._tokens, time.perf_counter()
        time.sleep(seconds)
        return (self._tokens - before) / (time.perf_counter() - begun)


def queries(embedder, texts: list[str], rate: float, seconds: float) -> list[float]:
    """Seconds from the moment at which a query was due to its answer."""
    took: list[float] = []

    def ask(number: int, due: float) -> None:
        embedder.embed(EmbedRequest("m", (texts[number % len(texts)],)))
        took.append(time.perf_counter() - due)

    begun = time.perf_counter()
    with ThreadPoolExecutor(32) as pool:
        for number in range(int(rate * seconds)):
            due = begun + number / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            pool.submit(ask, number, due)
    return took


def one_round(embedder, meter: Meter, found, rate: float, seconds: float) -> dict[str, float]:
    short, mixed = found["short"].texts, found["mixed"].texts
    alone = queries(embedder, short, rate, seconds)
    with Bulk(embedder, mixed):
        meter.rate(1.0)
        bulk_alone = meter.rate(seconds)
        with ThreadPoolExecutor(1) as pool:
            beside = pool.submit(meter.rate, seconds)
            both = queries(embedder, short, rate, seconds)
            bulk_beside = beside.result()
    p50 = float(np.percentile(alone, 50))
    return {
        "p50 alone, ms": p50 * 1e3,
        "p99 alone, ms": float(np.percentile(alone, 99)) * 1e3,
        "p50 beside bulk, ms": float(np.percentile(both, 50)) * 1e3,
        "p99 beside bulk, ms": float(np.percentile(both, 99)) * 1e3,
        "p99 beside bulk / p50 alone": float(np.percentile(both, 99)) / p50,
        "bulk alone, tokens/s": bulk_alone,
        "bulk beside queries, tokens/s": bulk_beside,
        "bulk's loss, %": 100 * (1 - bulk_beside / bulk_alone),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=BUNDLED)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rate", type=float, default=20.0, help="queries a second")
    given = parser.parse_args()
    sys.setswitchinterval(SWITCH_SECONDS)
    found = cases(given.model / "tokenizer.json")
    embedder = onevec.engine.load(str(given.model))
    queries(embedder, found["short"].texts, given.rate, 1.0)
    meter = Meter(embedder)
    rounds = [one_round(embedder, meter, found, given.rate, given.seconds) for _ in range(given.rounds)]
    embedder.close()
    for name in rounds[0]:
        values = [one[name] for one in rounds]
        print(f"{name:33}{statistics.median(values):12.2f}   ({min(values):.2f} to {max(values):.2f})")
    ratio = statistics.median(one["p99 beside bulk / p50 alone"] for one in rounds)
    print(f"goal at most {GOAL:g}: {'met' if ratio <= GOAL else 'missed'}")


if __name__ == "__main__":
    main()
