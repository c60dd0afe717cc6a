"""Runs into a store, whose rows lie elsewhere than the manifest."""

import shutil
import sqlite3

import pytest

from onevec.errors import AuthenticationError, ConfigurationError, OutputError
from onevec.testing import FakeProvider, error_reply

TEXTS = [f"text number {i}" for i in range(100)]


@pytest.fixture
def ids(witness, tmp_path):
    """The ids in a table of Lance, in their order."""
    lancedb = witness("lancedb")

    def read():
        return sorted(lancedb.connect(tmp_path).open_table("out").to_arrow()["id"].to_pylist())

    return read


def test_a_run_into_a_store_goes_on(run, table, ids, tmp_path):
    path = table(TEXTS)
    broken = FakeProvider(faults=[None] * 9 + [error_reply(401)] * 100)
    with pytest.raises(AuthenticationError):
        run(path, "out.lance", id="key", shard_rows=8, client_args={"transport": broken, "concurrency": 1})
    assert 0 < len(ids()) < 100
    run(path, "out.lance", id="key", shard_rows=8)
    assert ids() == sorted(f"row {i}" for i in range(100))


def test_rows_whose_entry_a_crash_has_cut_off_are_this_runs(run, table, ids, tmp_path):
    path = table(TEXTS)
    run(path, "out.lance", id="key", shard_rows=30)
    # As it is when the process dies after the first shards are written and before they are entered.
    with sqlite3.connect(tmp_path / "out.lance.onevec" / "manifest.sqlite") as base:
        for done in ("DELETE FROM shard", "DELETE FROM seen", "DELETE FROM about WHERE key = 'finished'"):
            base.execute(done)
    base.close()
    assert run(path, "out.lance", id="key", shard_rows=30).done.written == 100
    assert ids() == sorted(f"row {i}" for i in range(100))


def test_rows_of_another_run_are_refused_and_replaced_on_demand(run, table, ids, tmp_path):
    run(table(TEXTS), "out.lance", id="key")
    shutil.rmtree(tmp_path / "out.lance.onevec")
    path = table(TEXTS[:10])
    with pytest.raises(ConfigurationError, match="holds rows"):
        run(path, "out.lance", id="key")
    run(path, "out.lance", id="key", restart=True)
    assert len(ids()) == 10


def stop_half_way(run, path, to, **options):
    broken = FakeProvider(faults=[None] * 9 + [error_reply(401)] * 100)
    with pytest.raises(AuthenticationError):
        run(path, to, id="key", shard_rows=8, client_args={"transport": broken, "concurrency": 1}, **options)


def test_a_store_that_was_emptied_is_not_gone_on_with(run, table, ids, tmp_path):
    path = table(TEXTS)
    stop_half_way(run, path, "out.lance")
    shutil.rmtree(tmp_path / "out.lance")
    with pytest.raises(OutputError, match="has nothing of the"):
        run(path, "out.lance", id="key", shard_rows=8)
    run(path, "out.lance", id="key", shard_rows=8, restart=True)
    assert len(ids()) == 100
    shutil.rmtree(tmp_path / "out.lance")
    with pytest.raises(OutputError, match="has nothing of the 100 rows"):
        run(path, "out.lance", id="key", shard_rows=8)


def test_a_store_is_not_begun_behind_the_rows_of_another_output(run, table, witness):
    witness("lancedb")
    path = table(TEXTS)
    stop_half_way(run, path, "out.parquet", notes="notes")
    with pytest.raises(OutputError, match="has nothing of the"):
        run(path, "out.lance", id="key", shard_rows=8, notes="notes")
