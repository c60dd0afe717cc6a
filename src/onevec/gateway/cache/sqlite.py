"""The file of the cache on disk: SQLite, one table. Blocking; each thread has an instance of its own.

The file stays within so many bytes: before entries are written, those unused for longest make room. When somebody uses
an entry is noted in batches, because a write for every read would cost more than the read.
"""

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import accumulate, takewhile
from pathlib import Path

from onevec.errors import ConfigurationError

log = logging.getLogger("onevec.gateway")

APPLICATION = 0x6F6E6576
"""``onev``: by this number in its head a file is known as ours."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (key BLOB PRIMARY KEY, used INTEGER NOT NULL, entry BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS entries_used ON entries (used);
"""

DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

BUSY = 1.0
"""Seconds that one process waits for another that is writing."""

PAGE = 4096
ROW = 160
"""Bytes that a row takes beyond its entry: its key twice, when it was used twice, and their places."""

SHARE = 32
"""When room is needed, one so-manieth of what is there goes, or more: seldom and much is cheaper than each time."""


class DamagedFileError(Exception):
    """The file is no sound database; `inode` says which file that was, since another may be in its place by now."""

    def __init__(self, inode: int | None) -> None:
        super().__init__("the file is damaged")
        self.inode = inode


class SqliteFile:
    """One connection to the file, opened when it is needed.

    Args:
        path: Where it is; its folder must be there.
        limit: Bytes that it may take.
        clock: Seconds since 1970.
    """

    def __init__(self, path: Path, limit: int, clock: Callable[[], float] = time.time) -> None:
        self.path = path
        self._limit = limit
        self._clock = clock
        self._connection: sqlite3.Connection | None = None
        self._inode: int | None = None

    def open(self) -> sqlite3.Connection:
        """The connection; another one when another file has taken the path meanwhile.

        Raises:
            sqlite3.Error: it cannot be opened.
            DamagedFileError: it is no sound database.
            ConfigurationError: it is another program's.
        """
        if self._connection is not None and _inode(self.path) == self._inode:
            return self._connection
        self.close()
        # Inputs can be guessed from their vectors: the file is for nobody else to read, and its journals are as it is.
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        self._connection = sqlite3.connect(self.path, timeout=BUSY, isolation_level=None, check_same_thread=False)
        self._inode = _inode(self.path)
        with self._damage_told():
            self._prepare(self._connection)
        return self._connection

    @contextmanager
    def _damage_told(self) -> Iterator[None]:
        """Closes the connection on an error, of which most would meet it again, and tells damage from the others."""
        try:
            yield
        except BaseException as exc:
            self.close()
            if isinstance(exc, sqlite3.Error) and getattr(exc, "sqlite_errorcode", 0) & 0xFF in DAMAGED:
                raise DamagedFileError(self._inode) from exc
            raise

    def _prepare(self, connection: sqlite3.Connection) -> None:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        if application != APPLICATION:
            if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                raise ConfigurationError(
                    f"{self.path} is a database of another program: name a file of its own for the cache", param="disk"
                )
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
        if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            connection.execute("PRAGMA journal_mode = WAL")
        # A power cut may then lose the last entries, never the file's integrity; and entries can be computed again.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA journal_size_limit = {4 << 20}")
        connection.executescript(SCHEMA)

    def get(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The entry of each key, in order. Raises as :meth:`open`."""
        connection = self.open()
        with self._damage_told():
            rows = [connection.execute("SELECT entry FROM entries WHERE key = ?", (key,)).fetchone() for key in keys]
        return [row[0] if row and isinstance(row[0], bytes) else None for row in rows]

    def put(self, items: Mapping[bytes, bytes], touched: Iterable[bytes] = ()) -> None:
        """Write entries, and that others have been used, in one transaction. Raises as :meth:`open`.

        Of entries that would fill more than half of the file by themselves the first ones are written.
        """
        connection, now = self.open(), int(self._clock())
        sums = accumulate(len(raw) + ROW for raw in items.values())
        fitting = takewhile(lambda one: one[1] <= self._limit // 2, zip(items.items(), sums, strict=True))
        rows = [(key, now, raw) for (key, raw), _ in fitting]
        with self._damage_told():
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("UPDATE entries SET used = ? WHERE key = ?", [(now, key) for key in touched])
            self._make_room(connection, sum(len(raw) + ROW for _, _, raw in rows))
            connection.executemany(
                "INSERT INTO entries VALUES (?1, ?2, ?3) ON CONFLICT (key) DO UPDATE SET used = ?2, entry = ?3", rows
            )
            connection.execute("COMMIT")

    def _make_room(self, connection: sqlite3.Connection, wanted: int) -> None:
        """Delete what was unused for longest until the wanted bytes fit, or nothing is left."""
        # A row of more than a page leaves part of its last page empty, so that entries take more than their bytes.
        wanted += wanted // 4 + PAGE
        while self._taken(connection) + wanted > self._limit:
            (most,) = connection.execute("SELECT count(*) FROM entries").fetchone()
            if not most:
                return
            oldest = "SELECT rowid FROM entries ORDER BY used LIMIT ?"
            connection.execute(f"DELETE FROM entries WHERE rowid IN ({oldest})", (most // SHARE + 1,))  # noqa: S608

    def _taken(self, connection: sqlite3.Connection) -> int:
        """Bytes of the pages in use; of those that deletions have freed, SQLite makes use again."""
        names = ("page_count", "freelist_count", "page_size")
        pages, free, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names)
        return int((pages - free) * size)

    def begin_anew(self, damaged: int | None) -> None:
        """Move the damaged file aside and begin a new one, unless somebody has done so.

        Raises:
            OSError: it cannot be moved.
            sqlite3.Error: no new one can be made.
        """
        if damaged is not None and _inode(self.path) == damaged:
            self.close()
            aside = self.path.with_name(f"{self.path.name}.damaged")
            log.warning("the cache file %s is damaged: it is now %s, and a new one begins", self.path, aside)
            self.path.replace(aside)
            for suffix in ("-wal", "-shm"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        self.open()

    def close(self) -> None:
        """Close the connection, which undoes what is not committed; the next call opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _inode(path: Path) -> int | None:
    try:
        return os.stat(path).st_ino  # noqa: PTH116 - asked for at every call, and half as dear as Path.stat
    except FileNotFoundError:
        return None
