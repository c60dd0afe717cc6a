"""Manifest: what of a run is done, in one SQLite file that a crash leaves whole.

A shard is entered in one transaction, with its dead letters and its ids, after the output has it. So the shards that
are entered are the first ones, all of them, and a run goes on behind the last. SQLite brings what a file of our own
would have to prove: a torn entry is rolled back, an entry is on the disk when it is committed, and the file is locked
while a run has it.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from onevec.bulk.sources.words import Cursor
from onevec.errors import ConfigurationError, OutputError

VERSION = 1

SCHEMA = """
CREATE TABLE IF NOT EXISTS about (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS shard (
    number INTEGER PRIMARY KEY, file INTEGER NOT NULL, row INTEGER NOT NULL, rows INTEGER NOT NULL,
    written INTEGER NOT NULL, tokens INTEGER, cost REAL, size INTEGER
);
CREATE TABLE IF NOT EXISTS dead (shard INTEGER NOT NULL, place TEXT NOT NULL, id TEXT NOT NULL, code TEXT NOT NULL,
    reason TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS seen (id BLOB PRIMARY KEY) WITHOUT ROWID;
"""


class Dead(NamedTuple):
    """A row that has no vector, and why; never what is in it."""

    place: str
    id: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A shard that is done.

    Attributes:
        number: Which.
        end: Where the next one begins.
        rows: Of the input.
        written: Rows that the output got; other than `rows` where documents are cut or rows failed.
        tokens: That were read; None where nobody told.
        cost: US dollars; None where no price is known.
        size: Bytes of what the output keeps for it, where that is a file.
    """

    number: int
    end: Cursor
    rows: int
    written: int
    tokens: int | None = None
    cost: float | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """Sums over the shards that are done.

    Attributes:
        shards: How many they are.
        rows: Rows of the input.
        written: Rows of the output: with a vector.
        tokens: Tokens that were read.
        cost: US dollars; None where no price is known.
        dead: Rows that have no vector.
    """

    shards: int = 0
    rows: int = 0
    written: int = 0
    tokens: int = 0
    cost: float | None = None
    dead: int = 0


class Manifest:
    """The manifest of one output, locked until it is closed. Threads take turns.

    Args:
        path: Its file; made where there is none.

    Raises:
        ConfigurationError: another run has it, or another version of onevec wrote it.
        OutputError: it cannot be made, or it is no manifest.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = threading.RLock()
        with self._told():
            self._base = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            with self._told():
                # Held until the connection is closed, or its process is gone.
                self._base.execute("PRAGMA locking_mode = EXCLUSIVE")
                self._base.execute("PRAGMA synchronous = EXTRA")
                self._base.execute("BEGIN EXCLUSIVE")
                for statement in SCHEMA.split(";"):
                    self._base.execute(statement)
                self._base.execute("INSERT OR IGNORE INTO about VALUES ('version', ?)", (str(VERSION),))
                self._base.execute("COMMIT")
            self._check_version()
        except BaseException:
            self._base.close()
            raise

    def begin(self, asked: Mapping[str, Any]) -> None:
        """Note what is asked; once rows may have been written, check that it is what was asked then.

        Raises:
            ConfigurationError: the input, the model or a setting is another one; the message says which.
        """
        before = self._get("asked")
        now = orjson.loads(orjson.dumps(asked))
        if self.space is None:
            self._set("asked", now)
        elif changed := [*_differences(before, now)]:
            raise ConfigurationError(
                f"this output was begun with other words, so it cannot be gone on with: {'; '.join(changed)[:600]}. "
                "Take back the change, write to another output, or begin anew with --restart",
                param="restart",
            )

    @property
    def space(self) -> str | None:
        """The id of the space in which the rows are; None before the first."""
        found: str | None = self._get("space")
        return found

    @property
    def settings(self) -> dict[str, Any]:
        """With what the rows are made, as the output tells it; empty before the first."""
        return self._get("settings") or {}

    def claim(self, space: str, settings: Mapping[str, Any]) -> None:
        """From now on there may be rows, in this space and made like this."""
        self._set("settings", dict(settings))
        self._set("space", space)  # the last: it is what tells that the output is this run's

    def check_space(self, space: str) -> None:
        """Refuse vectors of another space.

        Raises:
            ConfigurationError: they are not of the space in which the rows are.
        """
        if space != self.space:
            raise ConfigurationError(
                f"the model now makes vectors of the space {space}, and those in the output are of {self.space}: take "
                "the model as it was, or begin anew with --restart",
                param="model",
            )

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return bool(self._get("finished"))

    def finish(self) -> None:
        """Nothing is."""
        self._set("finished", True)

    def clear(self) -> None:
        """Forget everything: nothing is done and nothing asked."""
        with self._told():
            self._base.execute("BEGIN")
            for table in ("shard", "dead", "seen"):
                self._base.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
            self._base.execute("DELETE FROM about WHERE key != 'version'")
            self._base.execute("COMMIT")

    def next(self) -> tuple[int, Cursor]:
        """The number of the first shard that is not done, and where it begins."""
        with self._told():
            last = self._base.execute("SELECT number, file, row FROM shard ORDER BY number DESC LIMIT 1").fetchone()
        return (last[0] + 1, Cursor(last[1], last[2])) if last else (0, Cursor())

    def done(self) -> Done:
        """What is done so far."""
        with self._told():
            query = "SELECT count(*), total(rows), total(written), total(tokens), sum(cost) FROM shard"
            shards, rows, written, tokens, cost = self._base.execute(query).fetchone()
            (dead,) = self._base.execute("SELECT count(*) FROM dead").fetchone()
        return Done(shards, int(rows), int(written), int(tokens), cost, dead)

    def sizes(self) -> dict[int, int]:
        """Bytes of each shard's file, of those that have one."""
        with self._told():
            return dict(self._base.execute("SELECT number, size FROM shard WHERE size IS NOT NULL"))

    def known(self, ids: Sequence[str]) -> set[str]:
        """Those ids that an earlier shard has."""
        with self._told():
            found = (self._base.execute("SELECT 1 FROM seen WHERE id = ?", (_digest(one),)).fetchone() for one in ids)
            return {one for one, row in zip(ids, found, strict=True) if row}

    def commit(self, entry: Entry, dead: Iterable[Dead] = (), ids: Iterable[str] = ()) -> None:
        """Enter a shard, the next one: on the disk when this returns, or not at all.

        Raises:
            OutputError: the disk is full or failed.
        """
        with self._told():
            if (after := self.next()[0]) != entry.number:
                # What is entered is taken to be all up to there: a gap would be rows that nobody misses.
                raise AssertionError(f"shard {entry.number} is entered where shard {after} is the next one")
            self._base.execute("BEGIN")
            try:
                fields = (entry.number, *entry.end, entry.rows, entry.written, entry.tokens, entry.cost, entry.size)
                self._base.execute("INSERT INTO shard VALUES (?, ?, ?, ?, ?, ?, ?, ?)", fields)
                self._base.executemany(
                    "INSERT INTO dead VALUES (?, ?, ?, ?, ?)", ((entry.number, *one) for one in dead)
                )
                self._base.executemany("INSERT INTO seen VALUES (?)", ((_digest(one),) for one in ids))
                self._base.execute("COMMIT")
            except BaseException:
                if self._base.in_transaction:
                    self._base.execute("ROLLBACK")
                raise

    def dead(self) -> Iterator[Dead]:
        """Every dead letter, in the order of the input."""
        with self._told():
            for row in self._base.execute("SELECT place, id, code, reason FROM dead ORDER BY shard, rowid"):
                yield Dead(*row)

    def close(self) -> None:
        """Let another run have it; closing twice is harmless."""
        with self._turn:  # a thread that reads for a run that is given up may be asking for ids
            self._base.close()

    def _get(self, key: str) -> Any:
        with self._told():
            found = self._base.execute("SELECT value FROM about WHERE key = ?", (key,)).fetchone()
        return orjson.loads(found[0]) if found else None

    def _set(self, key: str, value: Any) -> None:
        with self._told():
            self._base.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (key, orjson.dumps(value).decode()))

    def _check_version(self) -> None:
        if (found := self._get("version")) != VERSION:
            raise ConfigurationError(
                f"{self._path} is a manifest of version {found}, and this onevec knows {VERSION}: go on with the "
                "onevec that began it, or begin anew with --restart"
            )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """One thread's turn; SQLite's errors as ours."""
        try:
            with self._turn:
                yield
        except sqlite3.Error as exc:
            if getattr(exc, "sqlite_errorcode", None) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise ConfigurationError(
                    f"another run is writing to this output at this moment ({self._path} is locked): wait for it"
                ) from exc
            raise OutputError(f"the manifest {self._path} cannot be used: {exc}", value=str(self._path)) from exc


def _digest(one: str) -> bytes:
    """Sixteen bytes for an id of any length; ten million of them agree by chance once in 10^24."""
    return blake2b(one.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _differences(before: Mapping[str, Any], now: Mapping[str, Any], under: str = "") -> Iterator[str]:
    """What is not as it was, each in a few words."""
    for key in dict.fromkeys((*before, *now)):
        was, found = before.get(key), now.get(key)
        if isinstance(was, dict) and isinstance(found, dict):
            yield from _differences(was, found, f"{under}{key}.")
        elif was != found:
            yield f"{under}{key} was {was} and is {found}"
