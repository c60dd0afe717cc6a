import sqlite3
import subprocess
import sys

import pytest

from onevec.bulk.manifest import Dead, Done, Entry, Manifest
from onevec.bulk.sources.words import Cursor
from onevec.errors import ConfigurationError, OutputError

ASKED = {"input": {"digest": "a"}, "model": "m", "settings": {"dimensions": None}}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "manifest.sqlite"


def test_a_run_goes_on_behind_the_last_shard(path):
    manifest = Manifest(path)
    assert manifest.next() == (0, Cursor(0, 0))
    manifest.commit(Entry(0, Cursor(0, 10), 10, 9, 100, 0.5, 1234), [Dead("f:3", "three", "unreadable", "null")])
    manifest.commit(Entry(1, Cursor(2, 5), 10, 10, None, None))
    manifest.close()
    again = Manifest(path)
    assert again.next() == (2, Cursor(2, 5))
    assert again.done() == Done(shards=2, rows=20, written=19, tokens=100, cost=0.5, dead=1)
    assert again.sizes() == {0: 1234}
    assert [*again.dead()] == [Dead("f:3", "three", "unreadable", "null")]
    again.close()


def test_a_shard_that_is_not_the_next_one_is_not_entered(path):
    manifest = Manifest(path)
    with pytest.raises(AssertionError, match="shard 1 is entered where shard 0 is the next one"):
        manifest.commit(Entry(1, Cursor(0, 1), 1, 1))
    assert manifest.next() == (0, Cursor())
    manifest.close()


def test_other_words_are_refused_and_named(path):
    manifest = Manifest(path)
    manifest.begin({**ASKED, "model": "mistyped"})
    manifest.begin(ASKED)
    manifest.claim("m/4", {"encoding": "int8"})
    manifest.begin(ASKED)
    changed = {**ASKED, "input": {"digest": "b"}, "settings": {"dimensions": 4}}
    with pytest.raises(ConfigurationError, match=r"input.digest was a and is b; settings.dimensions was None and is 4"):
        manifest.begin(changed)
    manifest.clear()
    manifest.begin(changed)
    manifest.close()


def test_ids_of_earlier_shards_are_known(path):
    manifest = Manifest(path)
    manifest.commit(Entry(0, Cursor(), 2, 2), ids=["a", "ü" * 1000])
    assert manifest.known(["a", "b", "ü" * 1000]) == {"a", "ü" * 1000}
    manifest.close()


def test_an_entry_is_whole_or_not_there(path):
    manifest = Manifest(path)
    manifest.commit(Entry(0, Cursor(0, 1), 1, 1), ids=["a"])
    with pytest.raises(OutputError):
        manifest.commit(Entry(1, Cursor(0, 2), 1, 1), [Dead("p", "x", "c", "r")], ids=["b", "a"])
    assert manifest.next() == (1, Cursor(0, 1))
    assert manifest.done().dead == 0
    assert manifest.known(["b"]) == set()
    manifest.close()


def test_two_at_once_are_refused(path):
    first = Manifest(path)
    with pytest.raises(ConfigurationError, match="another run"):
        Manifest(path)
    code = f"from pathlib import Path; from onevec.bulk.manifest import Manifest; Manifest(Path({str(path)!r}))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "another run is writing to this output" in other.stderr
    first.close()
    Manifest(path).close()


def test_a_torn_entry_is_dropped(path):
    """The process dies between writing an entry's pages and committing them."""
    Manifest(path).close()
    code = (
        "import os, sqlite3\n"
        f"base = sqlite3.connect({str(path)!r}, isolation_level=None)\n"
        "base.execute('PRAGMA cache_size = 1')\n"  # so that pages are spilled to the file before the end
        "base.execute('BEGIN')\n"
        "base.execute('INSERT INTO shard VALUES (0, 0, 5, 5, 5, 5, NULL, NULL)')\n"
        "base.executemany('INSERT INTO seen VALUES (?)', ((os.urandom(900),) for _ in range(500)))\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    assert path.with_name(f"{path.name}-journal").stat().st_size > 0
    manifest = Manifest(path)
    assert manifest.next() == (0, Cursor())
    manifest.close()


def test_what_is_no_manifest_is_told(path):
    path.write_bytes(b"something else entirely" * 100)
    with pytest.raises(OutputError, match="cannot be used"):
        Manifest(path)
    path.unlink()
    with pytest.raises(OutputError):
        Manifest(path.parent / "nowhere" / "m.sqlite")


def test_another_version_is_refused(path):
    Manifest(path).close()
    with sqlite3.connect(path) as base:
        base.execute("UPDATE about SET value = '2' WHERE key = 'version'")
    base.close()
    with pytest.raises(ConfigurationError, match="version 2"):
        Manifest(path)
