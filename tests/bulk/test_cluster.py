"""`onevec run --engine ray`, on a Ray of this machine."""

import json
import os
import signal
import subprocess
import sys
import time

import pyarrow.parquet as pq
import pytest


def started(folder, to, *more):
    command = [sys.executable, "-m", "onevec", "run", "in.jsonl", "--column", "text", "--id", "id", "--to", to]
    environ = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0"}
    return subprocess.Popen(
        [*command, "--shard-rows", "40", *more],
        cwd=folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def run(folder, to, *more):
    process = started(folder, to, *more)
    _, said = process.communicate(timeout=100)
    assert process.returncode == 0, said
    return pq.read_table(folder / to)


def test_two_workers_make_the_bytes_of_one_and_the_rows_of_none(witness, tmp_path):
    witness("ray")
    rows = [{"id": f"row-{i}", "text": f"text {i} of a few words " * (1 + i % 7)} for i in range(200)]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, rows)))
    here = run(tmp_path, "here.parquet")
    for workers in ("1", "2"):
        run(tmp_path, f"ray-{workers}.parquet", "--engine", "ray", "--workers", workers)
    one, two = ((tmp_path / f"ray-{workers}.parquet").read_bytes() for workers in ("1", "2"))
    assert one == two
    there = pq.read_table(tmp_path / "ray-2.parquet")
    assert there["id"].to_pylist() == here["id"].to_pylist() == [row["id"] for row in rows]
    # What shares a batch with a text may move the last bits of its vector.
    ours, theirs = (table["vector"].combine_chunks().flatten().to_numpy().reshape(200, -1) for table in (here, there))
    assert ((ours * theirs).sum(axis=1) > 0.9999).all()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_and_the_same_command_goes_on(witness, tmp_path, number):
    witness("ray")
    rows = [{"id": f"row-{i}", "text": f"text {i} of a few words"} for i in range(4000)]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, rows)))
    process = started(tmp_path, "out/", "--engine", "ray", "--workers", "1")
    while process.poll() is None and len([*(tmp_path / "out").glob("part-*")]) < 3:
        time.sleep(0.01)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "give the same command again" in said
    assert "Traceback" not in said
    assert "SIGTERM received" not in said  # as Ray's C++ code says it, with its stack
    assert run(tmp_path, "out/")["id"].to_pylist() == [row["id"] for row in rows]
