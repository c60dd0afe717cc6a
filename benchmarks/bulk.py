"""A run beside the engine that it drives: does reading, writing and committing keep the engine waiting?

    python benchmarks/bulk.py [--rows 5000] [--rounds 5]

The same texts, made up, of 1 to 30 words, go through the bundled model in one call and through `onevec.bulk.run` from
Parquet to Parquet, in turns, so that what else the machine does meets both alike. Told are the wall time's ratio, the
processor time's, and the batches that the engine ran: as many mean that its queue was never short of texts.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from onevec import bulk
from onevec.embedders import Embedders, Endpoint
from onevec.types import EmbedRequest

GOAL = 0.9
MODEL = "local:all-minilm-l6-v2"


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of wall time and of processor time."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    rng = random.Random(1)
    words = ("cat", "dog", "river", "of", "the", "embedding")
    texts = tuple(" ".join(rng.choices(words, k=1 + i % 30)) for i in range(given.rows))
    embedders, batches, ratios = Embedders(), [0], []
    embedder, name = embedders.find(MODEL, Endpoint())
    embedder.on_batch(lambda *_: batches.append(batches.pop() + 1))
    embedder.embed(EmbedRequest(name, texts[:512]))
    with tempfile.TemporaryDirectory() as folder:
        pq.write_table(pa.table({"text": texts}), Path(folder) / "in.parquet")
        for number in range(given.rounds):
            to = f"{folder}/out{number}.parquet"
            counts = []
            batches[0] = 0
            alone = timed(lambda: embedder.embed(EmbedRequest(name, texts)))
            counts.append(batches[0])
            batches[0] = 0
            run = timed(
                lambda to=to: bulk.run(f"{folder}/in.parquet", to, model=MODEL, column="text", embedders=embedders)
            )
            counts.append(batches[0])
            ratios.append([a / b for a, b in zip(alone, run, strict=True)])
            print(f"engine {alone[0]:6.2f} s {counts[0]} batches; run {run[0]:6.2f} s {counts[1]} batches", flush=True)
    embedders.close()
    wall, processor = (statistics.median(one) for one in zip(*ratios, strict=True))
    print(
        f"a run does {wall:.0%} of the engine's own work in the same time, {processor:.0%} in the same processor time"
    )
    print(f"goal {GOAL:.0%}: {'met' if wall >= GOAL else 'missed'}")


if __name__ == "__main__":
    main()
