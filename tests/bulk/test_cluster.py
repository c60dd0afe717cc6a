"""`onevec run --engine ray`, on a Ray of this machine."""

import json
import os
import subprocess
import sys

import pyarrow.parquet as pq


def run(folder, to, *more):
    command = [sys.executable, "-m", "onevec", "run", "in.jsonl", "--column", "text", "--id", "id", "--to", to]
    environ = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0"}
    done = subprocess.run(
        [*command, "--shard-rows", "40", *more],
        cwd=folder, env=environ, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
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
