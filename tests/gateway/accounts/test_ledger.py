"""One suite for the ledger in SQLite and in PostgreSQL; and what it does while its database is away."""

import asyncio
import logging
import random
import sqlite3
import threading
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

import pytest

from onevec.errors import ConfigurationError
from onevec.gateway.accounts.ledger import Ledger, Outcome, Sums, Tally, TallyKey
from onevec.gateway.accounts.ledger.engine import connect
from onevec.gateway.accounts.ledger.store import Batch, LedgerUnavailableError, Store

TODAY = datetime.now(UTC).date()
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
NUMBER = count()


def key(caller="alice", deployment="small", day=TODAY, outcome=Outcome.ANSWERED, kind="key"):
    return TallyKey(day, kind, caller, deployment, "mini", outcome)


def batch(lines, name="b" * 32):
    return Batch(name, "r1", NOW, NOW, lines)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, witness, tmp_path):
    """A database of its own for each test."""
    witness("sqlalchemy")
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/usage.db"
    psycopg = witness("psycopg")
    program = request.getfixturevalue("postgres_program")
    name = f"ledger{next(NUMBER)}"
    with psycopg.connect(f"postgresql://postgres@127.0.0.1:{program.port}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"postgresql://postgres@127.0.0.1:{program.port}/{name}"


@pytest.fixture
def store(url):
    made = Store(connect(url, Path()))
    made.prepare()
    yield made
    made.close()


def test_what_is_written_is_summed_up(store):
    store.write(batch({key(): Sums(2, 4, 100, 10, 5, 7), key("bob"): Sums(1, 1, 10, 0, 0, 2**40)}))
    store.write(batch({key(deployment="large"): Sums(1, 1, 1000, 0, 0, 70)}, "c" * 32))
    assert store.sums(("caller",)) == [
        {"caller": "alice", "requests": 3, "inputs": 5, "tokens": 1100, "estimated_tokens": 10, "cached_tokens": 5}
        | {"nanodollars": 77},
        {"caller": "bob", "requests": 1, "inputs": 1, "tokens": 10, "estimated_tokens": 0, "cached_tokens": 0}
        | {"nanodollars": 2**40},
    ]
    assert [(row["deployment"], row["caller"], row["tokens"]) for row in store.sums(("deployment", "caller"))] == [
        ("large", "alice", 1000),
        ("small", "alice", 100),
        ("small", "bob", 10),
    ]
    assert store.sums()[0]["requests"] == 4
    (row,) = store.sums(("day", "kind", "outcome", "model", "replica"))
    assert [*row.values()][:5] == [TODAY, "key", "answered", "mini", "r1"]
    assert store.sums(caller="bob")[0]["requests"] == 1


def test_days_are_chosen_with_their_ends(store):
    days = [date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 2)]
    store.write(batch({key(day=day): Sums(1, tokens=10**number) for number, day in enumerate(days)}))
    assert [row["day"] for row in store.sums(("day",))] == days
    assert store.sums(since=days[1])[0]["tokens"] == 110
    assert store.sums(until=days[1])[0]["tokens"] == 11
    assert store.sums(since=days[1], until=days[1])[0]["tokens"] == 10
    assert store.sums(since=date(2027, 1, 1)) == [dict.fromkeys(Sums.__slots__, 0)]


def test_a_batch_is_written_once_however_often_it_is_tried(store):
    for _ in range(3):
        store.write(batch({key(): Sums(1, 1, 10), key("bob"): Sums(1, 1, 20)}))
    assert store.sums()[0]["tokens"] == 30


def test_two_replicas_that_begin_together_make_one_schema(url):
    stores = [Store(connect(url, Path())) for _ in range(4)]
    faults = []

    def prepare(one):
        try:
            one.prepare()
        except Exception as exc:
            faults.append(exc)

    threads = [threading.Thread(target=prepare, args=(one,)) for one in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    stores[0].write(batch({key(): Sums(1)}))
    assert stores[1].sums()[0]["requests"] == 1
    for one in stores:
        one.close()


def test_who_sums_up_a_file_does_not_stop_who_writes(tmp_path, witness):
    witness("sqlalchemy")
    writer, reader = (Store(connect("sqlite:///usage.db", tmp_path)) for _ in range(2))
    writer.prepare()
    writer.write(batch({key(): Sums(1)}))
    reading = sqlite3.connect(tmp_path / "usage.db", isolation_level=None)
    reading.execute("BEGIN")
    assert reading.execute("SELECT count(*) FROM onevec_usage").fetchone() == (1,)
    writer.write(batch({key(): Sums(1)}, "another"))
    reading.close()
    assert reader.sums()[0]["requests"] == 2
    for one in (writer, reader):
        one.close()


def test_a_ledger_of_another_version_is_refused(store):
    import sqlalchemy as sa

    from onevec.gateway.accounts.ledger.schema import tables

    with store._engine.begin() as connection:
        connection.execute(sa.update(tables().about).values(version=2))
    with pytest.raises(ConfigurationError, match=r"version 2, and this onevec knows 1"):
        Ledger(store, 5).start()


def test_a_database_without_a_ledger_says_so(url):
    empty = Store(connect(url, Path()))
    with pytest.raises(LedgerUnavailableError):
        empty.sums()
    empty.close()


async def test_totals_are_what_was_asked_by_many_at_once(url, store):
    ledger = Ledger(Store(connect(url, Path())), flush=0.02)
    ledger.start()
    rng, asked = random.Random(7), {}

    async def one(caller):
        for _ in range(10):
            sums = Sums(1, rng.randrange(9), rng.randrange(999), 0, 0, rng.randrange(10**9))
            asked[caller] = asked.get(caller, Sums()) + sums
            ledger.record(key(caller), sums)
            await asyncio.sleep(rng.random() / 100)

    await asyncio.gather(*(one(f"caller-{number % 7}") for number in range(50)))
    await asyncio.to_thread(ledger.close)
    rows = store.sums(("caller",))
    assert {row.pop("caller"): Sums(**row) for row in rows} == asked
    assert sum(sums.requests for sums in asked.values()) == 500
    assert ledger.pending == 0
    assert store.sums(("replica",))[0]["replica"] == ledger._replica


def test_what_was_used_this_month_is_told_once_before_it_grows(url, store):
    last_month = date(2020, 1, 1)
    store.write(
        batch({key(): Sums(1, tokens=5), key(kind="entra"): Sums(1, tokens=7), key(day=last_month): Sums(1, tokens=9)})
    )
    told = []
    ledger = Ledger(Store(connect(url, Path())), flush=60)
    ledger.record(key(), Sums(1, tokens=100))
    ledger.start(told.extend)
    ledger.close()
    assert told == [("alice", TODAY, Sums(1, tokens=5))]
    assert store.sums(since=TODAY)[0]["tokens"] == 112


class Away:
    """A store that answers only while it is let; `written` says when it wrote."""

    def __init__(self, store):
        self.store = store
        self.here = False
        self.tried = threading.Semaphore(0)
        self.written = threading.Event()

    def _ask(self, step, *args):
        self.tried.release()
        if not self.here:
            raise LedgerUnavailableError("the ledger's database does not answer (Test)")
        return step(*args)

    def prepare(self):
        return self._ask(self.store.prepare)

    def sums(self, *args, **kwargs):
        return self.store.sums(*args, **kwargs)

    def write(self, batch):
        self._ask(self.store.write, batch)
        self.written.set()

    def close(self):
        pass


def test_a_database_that_is_away_from_the_start_loses_nothing(store, caplog):
    caplog.set_level(logging.INFO)
    away, told = Away(store), []
    store.write(batch({key(): Sums(1, tokens=1)}))
    ledger = Ledger(away, flush=0.01)
    ledger.start(told.extend)
    assert not ledger.up
    for number in range(300):
        ledger.record(key(f"caller-{number % 3}"), Sums(1, tokens=number))
    for _ in range(3):
        assert away.tried.acquire(timeout=10)
    assert ledger.pending == 3  # however many requests there were
    away.here = True
    assert away.written.wait(10)
    ledger.record(key(), Sums(1, tokens=5))
    ledger.close()
    assert (ledger.up, ledger.pending) == (True, 0)
    assert store.sums()[0]["tokens"] == sum(range(300)) + 5 + 1
    assert told == [("alice", TODAY, Sums(1, tokens=1))]
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2
    assert "kept in memory" in said[0]
    assert "answers again" in said[1]


def test_what_cannot_be_written_by_the_end_is_said(store, caplog):
    ledger = Ledger(Away(store), flush=60)
    ledger.start()
    ledger.record(key(), Sums(1))
    ledger.close()
    assert "rows that are lost: 1" in caplog.records[-1].getMessage()


def test_postgres_is_killed_and_comes_back(witness, postgres_program, caplog):
    witness("sqlalchemy")
    witness("psycopg")
    caplog.set_level(logging.INFO)
    url = f"postgresql://postgres@127.0.0.1:{postgres_program.port}/postgres"
    ledger = Ledger(Store(connect(url, Path())), flush=0.05)
    ledger.start()
    ledger.record(key("killed"), Sums(1, tokens=1))
    postgres_program.signal(3)  # SIGQUIT: it stops without writing anything more
    postgres_program.kill()
    for number in range(100):
        ledger.record(key("killed"), Sums(1, tokens=number))
    postgres_program.start()
    ledger.record(key("killed"), Sums(1, tokens=10))
    ledger.close()
    reader = Store(connect(url, Path()))
    assert reader.sums(caller="killed")[0] == {**dict.fromkeys(Sums.__slots__, 0), "requests": 102, "tokens": 4961}
    reader.close()
    assert "does not answer" in caplog.text


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense:sk-very-secret", "URL is none"),
        ("mysql://u:sk-very-secret@h/d", "cannot be kept in mysql"),
        ("sqlite//:sk-very-secret", "URL is none"),
    ],
)
def test_a_url_that_is_none_is_refused_and_not_repeated(witness, url, said):
    witness("sqlalchemy")
    with pytest.raises(ConfigurationError, match=said) as caught:
        connect(url, Path())
    assert "secret" not in caught.value.message


def test_a_file_is_beside_the_configuration(witness, tmp_path):
    witness("sqlalchemy")
    one = Store(connect("sqlite:///usage.db", tmp_path))
    one.prepare()
    one.close()
    assert (tmp_path / "usage.db").exists()


def test_a_tally_is_taken_once():
    tally = Tally()
    tally.add(key(), Sums(1, 2, 3, 4, 5, 6))
    tally.add(key(), Sums(1, 2, 3, 4, 5, 6))
    assert tally.take() == {key(): Sums(2, 4, 6, 8, 10, 12)}
    assert tally.take() == {}
