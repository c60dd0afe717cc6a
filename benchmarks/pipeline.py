"""What a run holds in memory beside its model: `onevec run` over many short rows, with a model that costs nothing.

    python benchmarks/pipeline.py [--rows 200000] [--ids] [--goal 1200]

Reading, cutting, batching, committing and writing are real; only the vectors, 384 long, are all the same. They are
written as bits, so that twenty million rows need no thirty gigabytes of disk. `--ids` has the manifest keep and look
up an id for every row, as `--id` does. Prints rows a second and the memory of the process every tenth of the run.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from onevec import bulk
from onevec.bulk.progress import Progress
from onevec.embedders import Embedders
from onevec.spaces import VectorSpace
from onevec.types import Capabilities, EmbedRequest, EmbedResult, Usage

LENGTH = 384
TOGETHER = 100_000


class Free:
    """An embedder whose vectors are all the same, and that remembers nothing."""

    space = VectorSpace("free", LENGTH)
    capabilities = Capabilities(LENGTH)

    def embed(self, request: EmbedRequest) -> EmbedResult:
        n = len(request.inputs)
        vectors = np.full((n, LENGTH), LENGTH**-0.5, np.float32)
        return EmbedResult(vectors, "free", Usage(n, n), self.space)

    async def aembed(self, request: EmbedRequest) -> EmbedResult:
        return self.embed(request)


class OnlyFree(Embedders):
    """Has one model, whatever it is called."""

    def find(self, model, endpoint):  # noqa: ARG002 - as the real one is asked
        return Free(), model


def write_rows(path: Path, rows: int) -> None:
    with pq.ParquetWriter(path, pa.schema({"key": pa.string(), "text": pa.string()})) as writer:
        for start in range(0, rows, TOGETHER):
            numbers = range(start, min(rows, start + TOGETHER))
            part = {"key": [f"key-{i}" for i in numbers], "text": [f"row number {i} of many" for i in numbers]}
            writer.write_table(pa.table(part))


def resident() -> float:
    """Megabytes of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def moments(rows: int) -> Iterator[int]:
    """A tenth of the rows after the other."""
    yield from (rows * tenth // 10 for tenth in range(1, 11))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--ids", action="store_true")
    parser.add_argument("--goal", type=float, default=1200, help="megabytes at most")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        data = Path(work) / "in.parquet"
        write_rows(data, given.rows)
        due = moments(given.rows)
        next_due = next(due)
        begun = time.perf_counter()

        def watch(progress: Progress) -> None:
            nonlocal next_due
            if progress.done.rows >= next_due:
                next_due = next(due, given.rows + 1)
                seconds = time.perf_counter() - begun
                print(f"{progress.done.rows:>12,} rows {seconds:8.1f} s {resident():8.0f} MB", flush=True)

        options = {"id": "key"} if given.ids else {}
        bulk.run(
            str(data), f"{work}/out/", model="local:free", column="text", encoding="binary",
            embedders=OnlyFree(), watch=watch, **options,
        )  # fmt: skip
        notes = sum(path.stat().st_size for path in Path(f"{work}/out.onevec").iterdir()) / 1e6
    seconds = time.perf_counter() - begun
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    met = "met" if most <= given.goal else "missed"
    print(f"{given.rows:,} rows in {seconds:.0f} s, {given.rows / seconds:,.0f} a second; at most {most:.0f} MB; "
          f"manifest {notes:.1f} MB; goal {given.goal:.0f} MB: {met}")  # fmt: skip


if __name__ == "__main__":
    main()
