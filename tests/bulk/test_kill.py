"""`kill -9` behind any number of shards: what comes out at the end is what an uninterrupted run writes, row for row.

ONEVEC_BULK_ROWS=200000 ONEVEC_BULK_KILLS=20 makes it a long one.
"""

import itertools
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROWS = int(os.environ.get("ONEVEC_BULK_ROWS", "3000"))
KILLS = int(os.environ.get("ONEVEC_BULK_KILLS", "2"))

SHARDS = max(60, 8 * (KILLS + 1))
"""Enough that some are written between two kills, and some are left at the end."""


@pytest.fixture
def words(tmp_path):
    """Texts of several lengths, in two files."""
    chance = random.Random(1)
    texts = [
        " ".join(chance.choices(("cat", "dog", "river", "of", "the", "embedding"), k=1 + i % 8)) for i in range(ROWS)
    ]
    (tmp_path / "in").mkdir()
    for number, half in enumerate((texts[: ROWS // 2], texts[ROWS // 2 :])):
        pq.write_table(pa.table({"text": half}), tmp_path / "in" / f"{number}.parquet", row_group_size=500)
    return tmp_path / "in"


def command(words, to):
    shard = str(ROWS // SHARDS)
    asked = ["--column", "text", "--keep", "text", "--to", str(to), "--shard-rows", shard]
    return [sys.executable, "-m", "onevec", "run", str(words), *asked]


def committed(notes):
    """Rows that are done, from the manifest of a run that was killed, perhaps before it was made."""
    if not (notes / "manifest.sqlite").exists():
        return 0
    with sqlite3.connect(notes / "manifest.sqlite") as base:
        made = base.execute("SELECT 1 FROM sqlite_master WHERE name = 'shard'").fetchone()
        rows = base.execute("SELECT total(rows) FROM shard").fetchone()[0] if made else 0
    base.close()
    return int(rows)


def killed_again_and_again(command, notes, parts):
    """Start the command and kill it when some shards are written, then let it end: its exit code."""
    chance, seen = random.Random(), []
    for _ in range(KILLS):
        wanted = len([*parts.glob("part-*")]) + chance.randint(1, SHARDS // (KILLS + 1) - 5)
        process = started(command, parts, wanted)
        time.sleep(chance.uniform(0, 0.02))  # anywhere in the shard that follows
        process.send_signal(signal.SIGKILL)
        _, said = process.communicate()
        assert process.returncode == -signal.SIGKILL, said
        seen.append(committed(notes))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 3), done.stderr
    print(f"{KILLS} kills, rows committed at each: {seen}")
    assert seen == sorted(seen)
    return done.returncode


def started(command, parts, wanted):
    """The command, behind us in the queue for processors, as soon as so many shards are written."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=lambda: os.nice(10)
    )
    while process.poll() is None and len([*parts.glob("part-*")]) < wanted:
        time.sleep(0.002)  # a folder of another process's has no event that Python could wait for
    return process


def uninterrupted(command):
    """Its exit code."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 3), done.stderr
    return done.returncode


@pytest.mark.timeout(7200 if ROWS > 3000 else 120)
def test_killed_behind_any_shard_the_output_is_the_same(words, tmp_path):
    whole, broken = tmp_path / "whole.parquet", tmp_path / "broken.parquet"
    notes = tmp_path / "broken.parquet.onevec"
    assert uninterrupted(command(words, whole)) == 0
    assert killed_again_and_again(command(words, broken), notes, notes / "parts") == 0
    _same(pq.read_table(whole), pq.read_table(broken))
    assert pq.read_table(broken)["id"].to_pylist() == [f"{n}.parquet:{i}" for n in range(2) for i in range(ROWS // 2)]
    assert sorted(path.name for path in (tmp_path / "broken.parquet.onevec").iterdir()) == ["manifest.sqlite"]


@pytest.mark.timeout(7200 if ROWS > 3000 else 120)
def test_dead_letters_and_ids_are_the_same_too(tmp_path):
    """One row in 50 is null, one in 40 has the id of a row far before it; chunks, from JSON lines to part files."""
    with (tmp_path / "in.jsonl").open("w") as opened:
        for i in range(ROWS):
            text = None if i % 50 == 7 else f"The sentence number {i}. " * (1 + i % 3)
            opened.write(json.dumps({"key": str(i - 600 if i % 40 == 39 and i > 600 else i), "text": text}) + "\n")
    options = ["--id", "key", "--chunk-tokens", "12", "--shard-rows", str(ROWS // SHARDS)]
    asked = [sys.executable, "-m", "onevec", "run", str(tmp_path / "in.jsonl"), "-c", "text", *options, "--to"]
    assert uninterrupted([*asked, f"{tmp_path}/whole/"]) == 3
    broken = [*asked, f"{tmp_path}/broken/"]
    assert killed_again_and_again(broken, tmp_path / "broken.onevec", tmp_path / "broken") == 3
    _same(pq.read_table(tmp_path / "whole"), pq.read_table(tmp_path / "broken"))
    letters = [(tmp_path / f"{name}.dead.jsonl").read_text() for name in ("whole", "broken")]
    assert letters[0] == letters[1]
    assert letters[0].count("duplicate") > 10


def _same(whole, broken):
    assert broken.drop_columns(["vector"]).equals(whole.drop_columns(["vector"]))
    assert len(set(broken["id"].to_pylist())) == broken.num_rows
    vectors = [np.stack(table["vector"].to_numpy()) for table in (whole, broken)]
    # What else is in a batch may move the last bits.
    np.testing.assert_allclose((vectors[0] * vectors[1]).sum(axis=1), 1.0, atol=1e-4)


def test_a_power_cut_while_parts_are_put_together_is_mended(words, tmp_path):
    """Killed between the last commit and the end: nothing is embedded again, the file is made."""
    to = tmp_path / "out.parquet"
    subprocess.run(command(words, to), check=True, capture_output=True)
    whole = pq.read_table(to)
    notes = tmp_path / "out.parquet.onevec"
    # As it is then: every shard is there, as a part and in the manifest, and the file is not.
    (notes / "parts").mkdir()
    size = ROWS // SHARDS
    with sqlite3.connect(notes / "manifest.sqlite") as base:
        numbers = [number for (number,) in base.execute("SELECT number FROM shard ORDER BY number")]
        for number in numbers:
            part = notes / "parts" / f"part-{number:08d}.parquet"
            pq.write_table(whole.slice(number * size, size), part)
            base.execute("UPDATE shard SET size = ? WHERE number = ?", (part.stat().st_size, number))
        base.execute("DELETE FROM about WHERE key = 'finished'")
    base.close()
    to.unlink()
    (notes / ".out.parquet.new").write_bytes(b"half")
    again = subprocess.run(command(words, to), capture_output=True, text=True, check=False)
    assert (again.returncode, again.stderr) == (0, "")
    assert pq.read_table(to).equals(whole)


def test_interrupted_again_while_it_leaves_it_goes_on_all_the_same(words, tmp_path):
    """Whoever is impatient, or a machine that shuts down, sends a second signal while the first is being obeyed."""
    to = tmp_path / "out"
    asked = command(words, f"{to}/")
    process = started(asked, to, 2)
    for number in (signal.SIGINT, signal.SIGTERM):  # two of a kind would count as one
        process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert 2 <= len([*to.glob("part-*")]) < SHARDS
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    ids = pq.read_table(to)["id"].to_pylist()
    assert ids == [f"{n}.parquet:{i}" for n in range(2) for i in range(ROWS // 2)]


def test_interrupted_behind_any_shard_nothing_is_lost(run, table):
    """Ctrl-C in Python's own way, some shards after each beginning and anywhere in the next, until a run ends."""
    chance, texts, interrupts = random.Random(), [f"text {i}" for i in range(2400)], 0
    path = table(texts)
    heard = signal.signal(signal.SIGALRM, lambda *_: signal.default_int_handler(signal.SIGINT, None))
    try:
        while True:
            left = itertools.count(chance.randint(-10, 0))

            def watch(progress, left=left):
                if next(left) == 0 and progress.done.rows < 2200:
                    signal.setitimer(signal.ITIMER_REAL, chance.uniform(0.0001, 0.005))

            try:
                summary = run(path, "out/", shard_rows=8, keep=["text"], watch=watch)
                break
            except KeyboardInterrupt:
                interrupts += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, heard)
    assert interrupts >= 5
    assert summary.done.rows == 2400
    assert pq.read_table("out")["text"].to_pylist() == texts
