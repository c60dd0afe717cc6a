"""Resident memory: of a server with its model loaded, and of an engine that embeds and embeds (Linux).

    python benchmarks/memory.py [--texts 100000]

Texts are made up, of 1 to 60 words, in calls of 1 to 300, so that the engine meets shapes of all kinds. Memory must be
flat: what the second half of the run adds is printed.
"""

import argparse
import json
import random
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

GOAL_MB = 600
POINTS = 10


def resident(process: int | str = "self") -> float:
    """Megabytes that a process holds in memory now."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024


def served() -> float:
    """A server with the bundled model, after requests of several sizes."""
    command = [sys.executable, "-m", "onevec", "serve", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        port = re.search(r"127\.0\.0\.1:(\d+)", process.stdout.readline())[1]
        for count in (1, 10, 100, 200):
            body = {"model": "all-minilm-l6-v2", "input": [f"text number {i} " * (1 + i % 60) for i in range(count)]}
            request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/embeddings", json.dumps(body).encode())
            request.add_header("content-type", "application/json")
            with urllib.request.urlopen(request) as reply:
                reply.read()
        return resident(process.pid)
    finally:
        process.terminate()
        process.wait(60)


def embedded(texts: int) -> list[tuple[int, float]]:
    """(texts done, megabytes), at ten points of the run."""
    from onevec.engine import load
    from onevec.types import EmbedRequest, Overflow

    rng, done, points = random.Random(5), 0, []
    words = [f"{chr(97 + i % 26)}{chr(97 + i // 26 % 26)}word" for i in range(600)]
    embedder = load("all-minilm-l6-v2")
    while done < texts:
        count = rng.choice((1, 3, 17, 64, 300))
        inputs = tuple(" ".join(rng.choices(words, k=min(60, 1 + int(rng.expovariate(0.2))))) for _ in range(count))
        embedder.embed(EmbedRequest("m", inputs, overflow=Overflow.TRUNCATE))
        done += count
        if done >= texts * (len(points) + 1) / POINTS:
            points.append((done, resident()))
            print(f"{done:10,} texts{points[-1][1]:8.0f} MB", flush=True)
    embedder.close()
    return points


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=100_000)
    given = parser.parse_args()
    server = served()
    print(f"server with MiniLM: {server:.0f} MB; goal {GOAL_MB}: {'met' if server <= GOAL_MB else 'missed'}")
    begun = time.perf_counter()
    points = embedded(given.texts)
    added = points[-1][1] - points[len(points) // 2 - 1][1]
    print(f"the second half added {added:+.1f} MB ({time.perf_counter() - begun:.0f} s)")


if __name__ == "__main__":
    main()
