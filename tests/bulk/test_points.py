"""A run that is killed, or finds no room on the disk, at each of the points between a shard and its entry.

The points are Python's own audit events: a file is opened, renamed or removed. The process dies, or the system refuses,
just before it happens; so what is there then is what a crash leaves at that point.
"""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

PROGRAM = """
import json, os, signal, sys
from onevec import bulk
from onevec.errors import OutputError
from onevec.testing import FakeProvider

to, what, event, ending, which = *sys.argv[1:5], int(sys.argv[5])
seen = 0

def hook(name, args):
    global seen
    if name == event and isinstance(args[0], (str, os.PathLike)):
        path = str(args[1] if name == "os.rename" else args[0])
        seen += path.endswith(ending)
        if seen == which and path.endswith(ending):
            if what == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError(28, "No space left on device")

provider = FakeProvider()
args = {"transport": provider, "concurrency": 1}
if what != "nothing":
    sys.addaudithook(hook)
try:
    bulk.run("in.parquet", to, model="openai:any", api_key="no-key", column="text", id="key", shard_rows=10,
             client_args=args)
except OutputError as exc:
    print(json.dumps({"told": exc.message}))
else:
    print(json.dumps({"embedded": sum(len(one.inputs) for one in provider.embedder.requests[1:])}))
"""

POINTS = [
    ("a shard is embedded", "open", ".part-00000002.parquet.new", 1, 30),
    ("a shard is on the disk", "os.rename", "part-00000002.parquet", 1, 30),
    ("a shard has its name", "open", "parts", 3, 30),
    ("all shards are entered", "open", ".out.parquet.new", 1, 0),
    ("the output is on the disk", "os.rename", "out.parquet", 1, 0),
    ("the dead letters are on the disk", "os.rename", "out.parquet.dead.jsonl", 1, 0),
]
"""What is done, the event before which it ends, at which path, the how manieth; and rows that are embedded again."""

CLEANING = ("the output is whole", "os.remove", "part-00000001.parquet", 1, 0)
"""Nothing is lost where a disk refuses this."""


@pytest.fixture
def program(tmp_path):
    """Run the program in a folder with an input of 50 rows, one of them null: its exit code and what it says."""
    texts = [None if i == 7 else f"text {i}" for i in range(50)]
    pq.write_table(pa.table({"key": [f"k{i}" for i in range(50)], "text": texts}), tmp_path / "in.parquet")

    def go(to="out.parquet", what="nothing", event="", ending="", which=0):
        command = [sys.executable, "-c", PROGRAM, to, what, event, ending, str(which)]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr

    return go


def whole(folder: Path):
    """Every row once, in order, and one dead letter; nothing else is left."""
    assert pq.read_table(folder / "out.parquet")["id"].to_pylist() == [f"k{i}" for i in range(50) if i != 7]
    (letter,) = (folder / "out.parquet.dead.jsonl").read_text().splitlines()
    assert json.loads(letter)["id"] == "k7"
    names = {path.name for path in folder.rglob("*") if path.is_file()}
    # SQLite's own; one without a heading says that nothing is to be rolled back.
    assert names - {"manifest.sqlite-journal"} == {
        "in.parquet",
        "out.parquet",
        "out.parquet.dead.jsonl",
        "manifest.sqlite",
    }


@pytest.mark.parametrize("point", [*POINTS, CLEANING], ids=lambda point: point[0])
def test_killed_at_each_point_the_run_goes_on(point, program, tmp_path):
    _, *where, again = point
    assert program("out.parquet", "kill", *where) == (-signal.SIGKILL, "")
    assert program() == (0, {"embedded": again})
    whole(tmp_path)


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point[0])
def test_a_disk_that_is_full_at_each_point_is_told_and_the_run_goes_on(point, program, tmp_path):
    _, *where, again = point
    code, said = program("out.parquet", "full", *where)
    assert code == 0
    assert "cannot be written (No space left on device)" in said["told"]
    assert program() == (0, {"embedded": again})
    whole(tmp_path)
