"""Entries in this process's memory, up to so many bytes; the one unused for longest goes first."""

from collections.abc import Mapping, Sequence

from cachetools import LRUCache

OVERHEAD = 380
"""Bytes that Python takes round one entry, measured (260 to 365): its key, three tables, the heads of the objects."""


class MemoryStore:
    """A :class:`~onevec.gateway.cache.store.Store` that also answers at once, without an await.

    Args:
        limit: Bytes of all entries together, with what Python needs round them.
    """

    def __init__(self, limit: int) -> None:
        self._entries: LRUCache[bytes, bytes] = LRUCache(limit, getsizeof=_size)

    @property
    def size(self) -> int:
        """Bytes that the entries take now."""
        return int(self._entries.currsize)

    def find(self, key: bytes) -> bytes | None:
        """What is kept under a key."""
        try:
            return self._entries[key]
        except KeyError:
            return None

    def keep(self, key: bytes, raw: bytes) -> None:
        """Keep an entry; one that is larger than all there may be is not kept."""
        if _size(raw) <= self._entries.maxsize:
            self._entries[key] = raw

    async def get(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """What is kept under each key."""
        return [self.find(key) for key in keys]

    async def put(self, items: Mapping[bytes, bytes]) -> None:
        """Keep these."""
        for key, raw in items.items():
            self.keep(key, raw)

    async def close(self) -> None:
        """Forget them all."""
        self._entries.clear()


def _size(raw: bytes) -> int:
    return len(raw) + OVERHEAD
