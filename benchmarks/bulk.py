"""A dataset in Parquet, embedded by `onevec run`: beside the engine alone, and beside other libraries' ways.

    python benchmarks/bulk.py [--model PATH] [--rows 8000] [--rounds 3] [--memory ROWS]

PATH is a folder with a published model, such as all-MiniLM-L6-v2; the bundled one by default. Texts are docstrings of
the standard library, again and again until there are ROWS. Contestants that are installed take turns, round by round,
each in this process with its model loaded beforehand; what they write goes to a temporary folder. `--memory` embeds so
many short rows by the command itself instead, and prints the most memory that it held.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from itertools import count, cycle, islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from peers.corpus import cases

import onevec.engine
from onevec import bulk
from onevec.embedders import Embedders, Endpoint
from onevec.types import EmbedRequest, Overflow

BUNDLED = Path(onevec.engine.__file__).parent / "bundled"
ENGINE, OURS = "the engine alone", "onevec run"
GOAL = 0.9
GOAL_MB = 1200

Contestant = Callable[[], None]


def ours(model: str, data: Path, folder: Path) -> dict[str, Contestant]:
    """The engine on a list of texts, and a whole run over the same model."""
    embedders, numbers = Embedders(), count()
    embedder, _ = embedders.find(model, Endpoint())
    texts = tuple(pq.read_table(data)["text"].to_pylist())

    def run() -> None:
        to = str(folder / f"out-{next(numbers)}.parquet")
        bulk.run(str(data), to, model=model, column="text", overflow="truncate", embedders=embedders)

    asked = EmbedRequest("m", texts, overflow=Overflow.TRUNCATE)
    return {ENGINE: lambda: embedder.embed(asked), OURS: run}


def sentence_transformers(folder: Path, data: Path) -> Contestant:
    import datasets
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu")
    datasets.disable_caching()

    def embed(part):
        return {"vector": model.encode(part["text"], show_progress_bar=False)}

    def run() -> None:
        datasets.Dataset(pa.table(pq.read_table(data))).map(embed, batched=True, batch_size=512)

    return run


def fastembed(folder: Path, data: Path, work: Path) -> Contestant:
    from peers.rows import fastembed_model

    model, texts = fastembed_model(folder, work), pq.read_table(data)["text"].to_pylist()
    return lambda: [*model.embed(texts, parallel=2)]


def peers(folder: Path, data: Path, work: Path) -> dict[str, Contestant]:
    """Those that are installed."""
    found: dict[str, Contestant] = {}
    if find_spec("sentence_transformers") and find_spec("datasets"):
        found["sentence-transformers, datasets.map"] = sentence_transformers(folder, data)
    if find_spec("fastembed") and find_spec("torch"):
        subprocess.run(
            [sys.executable, Path(__file__).parent / "peers" / "export.py", folder, work / "onnx" / "model.onnx"],
            check=True,
            capture_output=True,
        )
        found["fastembed, parallel=2"] = fastembed(folder, data, work / "fastembed-files")
    return found


def compare(given: argparse.Namespace, work: Path) -> None:
    texts = cases(given.model / "tokenizer.json")["mixed"].texts
    data = work / "in.parquet"
    pq.write_table(pa.table({"text": [*islice(cycle(texts), given.rows)]}), data)
    contestants = ours(f"local:{given.model}", data, work) | peers(given.model, data, work)
    took: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(given.rounds):
        for name, run in contestants.items():
            begun = time.perf_counter()
            run()
            took[name].append(time.perf_counter() - begun)
    print(f"{given.rows} texts, {given.rounds} rounds\n{'':40}{'rows/s':>10}{'onevec run, times that':>26}")
    for name, times in took.items():
        ratios = [other / mine for other, mine in zip(times, took[OURS], strict=True)]
        spread = f"{statistics.median(ratios):.2f}  ({min(ratios):.2f} to {max(ratios):.2f})"
        print(f"{name:40}{given.rows / statistics.median(times):10.0f}{spread:>26}")
    share = statistics.median(alone / run for alone, run in zip(took[ENGINE], took[OURS], strict=True))
    print(f"of the engine's own speed: {share:.2f}; goal {GOAL}: {'met' if share >= GOAL else 'missed'}")


def memory(rows: int, model: Path, work: Path) -> None:
    """The command over many short rows: the most that it held, by what the system says of ended children."""
    data = work / "short.parquet"
    with pq.ParquetWriter(data, pa.schema({"text": pa.string()})) as writer:
        for start in range(0, rows, 100_000):
            part = [f"row number {i} of many" for i in range(start, min(rows, start + 100_000))]
            writer.write_table(pa.table({"text": part}))
    begun = time.perf_counter()
    command = [sys.executable, "-m", "onevec", "run", str(data), "--column", "text", "--to", f"{work}/out/"]
    subprocess.run([*command, "-m", f"local:{model}"], check=True)
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        f"{rows:,} rows in {time.perf_counter() - begun:.0f} s: at most {most:.0f} MB; goal {GOAL_MB}: "
        f"{'met' if most <= GOAL_MB else 'missed'}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=BUNDLED)
    parser.add_argument("--rows", type=int, default=8000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", type=int, metavar="ROWS")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        if given.memory:
            memory(given.memory, given.model, Path(work))
        else:
            compare(given, Path(work))


if __name__ == "__main__":
    main()
