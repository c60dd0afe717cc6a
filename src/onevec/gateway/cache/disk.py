"""Entries on this machine's disk: one thread reads and one writes, so that a read never waits for a write."""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from onevec.errors import ConfigurationError
from onevec.gateway.cache.sqlite import DamagedFileError, SqliteFile

log = logging.getLogger("onevec.gateway")

MOST_TOUCHED = 1 << 14
"""Entries whose use is remembered until something is written; that of further ones is not."""


class DiskStore:
    """A :class:`~onevec.gateway.cache.store.Store` in a SQLite file, which several processes may share.

    A damaged file is moved aside, and a new one begun.

    Args:
        path: The file.
        limit: Bytes that it may take; its journal takes some megabytes more.
        clock: Seconds since 1970.

    Raises:
        ConfigurationError: the file cannot be made or opened, or is another program's.
    """

    def __init__(self, path: Path, limit: int, clock: Callable[[], float] = time.time) -> None:
        self._reading, self._writing = SqliteFile(path, limit, clock), SqliteFile(path, limit, clock)
        self._touched: set[bytes] = set()
        try:
            self._mended(self._writing.open)
            self._writing.close()  # nothing is held, and nothing need be closed, before the first call
        except (sqlite3.Error, OSError) as exc:
            raise ConfigurationError(f"the cache file {path} cannot be opened: {exc}", param="disk") from exc
        self._reader, self._writer = (ThreadPoolExecutor(1, f"onevec-cache-{what}") for what in ("reader", "writer"))

    async def get(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """What is kept under each key; an sqlite3.Error or OSError when the file cannot be read."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._reader, self._reading.get, keys)
        except DamagedFileError as exc:
            await loop.run_in_executor(self._writer, self._writing.begin_anew, exc.inode)
            return [None] * len(keys)
        if len(self._touched) < MOST_TOUCHED:  # they are noted by the next write: before it, none can be in the way
            self._touched.update(key for key, raw in zip(keys, found, strict=True) if raw is not None)
        return found

    async def put(self, items: Mapping[bytes, bytes]) -> None:
        """Keep these; an sqlite3.Error or OSError when the file cannot be written."""
        touched, self._touched = self._touched, set()
        await asyncio.get_running_loop().run_in_executor(
            self._writer, self._mended, partial(self._writing.put, items, touched)
        )

    async def close(self) -> None:
        """Finish what is being written and close the file."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        if self._touched:
            self._note_uses()
        for executor, file in ((self._reader, self._reading), (self._writer, self._writing)):
            executor.shutdown()
            file.close()

    def _note_uses(self) -> None:
        touched, self._touched = self._touched, set()
        try:
            self._writer.submit(self._mended, partial(self._writing.put, {}, touched)).result()
        except (sqlite3.Error, OSError) as exc:
            log.warning("which entries of the cache file were used could not be noted: %s", exc)

    def _mended(self, action: Callable[[], object]) -> None:
        """Do it; when the file proves to be damaged, begin a new one and do it there."""
        try:
            action()
        except DamagedFileError as exc:
            self._writing.begin_anew(exc.inode)
            action()
