"""A query to a real PostgreSQL as the input of a run: streamed, resumed, refused."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from onevec.bulk.sources.opening import open_source
from onevec.bulk.sources.words import Cursor, Wanted
from onevec.errors import ConfigurationError, InputDataError

ROWS = 2000
QUERY = "SELECT id, body, facts FROM article ORDER BY id"


@pytest.fixture(scope="module")
def database(witness, postgres_program):
    """A PostgreSQL with a table of articles: its URL."""
    psycopg = witness("psycopg")
    witness("sqlalchemy")
    url = f"postgresql://postgres@127.0.0.1:{postgres_program.port}/postgres"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE article (id int PRIMARY KEY, body text, facts jsonb)")
        facts = """CASE i % 2 WHEN 0 THEN '{"even": true}' ELSE '[1]' END::jsonb"""
        numbers = f"generate_series(1, {ROWS}) AS i"
        connection.execute(f"INSERT INTO article SELECT i, 'article ' || i, {facts} FROM {numbers}")
    yield url
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE article")


def texts(source, start=Cursor()):  # noqa: B008
    return [text for piece in source.pieces(start) for text in piece.table["content"].to_pylist()]


def test_rows_come_in_their_order_from_any_one_on(database):
    source = open_source(database, Wanted("body", "id", ("facts",)), query=QUERY)
    assert texts(source) == [f"article {i}" for i in range(1, ROWS + 1)]
    assert texts(source, Cursor(0, 700)) == [f"article {i}" for i in range(701, ROWS + 1)]
    first, *_ = source.pieces(Cursor())
    assert first.table["id"].to_pylist()[:2] == ["1", "2"]
    assert first.table["keep:facts"].to_pylist()[:2] == ["[1]", '{"even":true}']


def test_a_query_is_sent_as_it_stands(database):
    query = "SELECT body FROM article WHERE body LIKE '%e 1_' AND ' :x' <> '' AND id::text <> '' ORDER BY id"
    assert texts(open_source(database, Wanted("body"), query=query)) == [f"article {i}" for i in range(10, 20)]


def test_a_result_is_streamed(database):
    """Of 80 MB little is held, and the first rows are there long before the last."""
    query = "SELECT repeat('x', 200) AS body FROM generate_series(1, 400000) AS i ORDER BY i"
    pieces = open_source(database, Wanted("body"), query=query).pieces(Cursor())
    next(pieces)
    before = resident()
    assert sum(piece.table.num_rows for piece in pieces) == 400_000 - 256
    assert resident() - before < 30


def resident():
    """Megabytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def test_a_run_that_is_killed_goes_on(database, tmp_path):
    asked = ["--query", QUERY, "--column", "body", "--id", "id", "--to", "out/", "--shard-rows", "50"]
    command = [sys.executable, "-m", "onevec", "run", database, *asked]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.nice(10),
    )
    while process.poll() is None and not [*tmp_path.glob("out/part-00000001.*")]:
        time.sleep(0.002)  # a folder of another process's has no event that Python could wait for
    process.send_signal(signal.SIGKILL)
    assert process.communicate()[1] == ""
    assert process.returncode == -signal.SIGKILL
    written = len([*tmp_path.glob("out/part-*")])
    assert 2 <= written < ROWS // 50
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert pq.read_table(tmp_path / "out")["id"].to_pylist() == [str(i) for i in range(1, ROWS + 1)]


def test_another_query_is_refused_and_another_password_is_not(database, run):
    run(database, query=QUERY, column="body", id="id")
    other = database.replace("postgres@", "postgres:topsecret@") + "?application_name=topsecret"
    assert run(other, query=QUERY, column="body", id="id").done.rows == ROWS
    with pytest.raises(ConfigurationError, match=r"input\.query was") as told:
        run(other, query=QUERY + " DESC", column="body", id="id")
    assert "topsecret" not in told.value.message
    assert "topsecret" not in Path("out.parquet.onevec/manifest.sqlite").read_bytes().decode("latin-1")


@pytest.mark.parametrize(
    ("query", "error", "words"),
    [
        ("SELECT * FROM nothing ORDER BY id", InputDataError, "the query failed"),
        ("SELECT id FROM article ORDER BY id", ConfigurationError, "the query has no column 'body'"),
        ("SELECT 1/(id - 1000) AS n, body FROM article ORDER BY id", InputDataError, "the query failed"),
    ],
)
def test_a_query_that_fails_is_told(database, run, query, error, words):
    with pytest.raises(error, match=words):
        run(database, query=query, column="body")


def test_a_database_that_is_not_there_is_told(witness, run):
    witness("sqlalchemy")
    witness("psycopg")
    with pytest.raises(InputDataError, match="the query failed") as told:
        run("postgresql://me:topsecret@127.0.0.1:9/base", query=QUERY, column="body")
    assert "topsecret" not in str(told.value) + str(told.value.__cause__)
    with pytest.raises(ConfigurationError, match=r"there is no database .*nothing\.db"):
        run("sqlite:///nothing.db", query=QUERY, column="body")
    assert not Path("nothing.db").exists()
