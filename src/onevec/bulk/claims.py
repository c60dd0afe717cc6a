"""Claims: which ids are taken, by shards that are done and by those under way, before anything is paid for a row."""

import threading
from dataclasses import replace

from onevec.bulk.cutting import DUPLICATE, Shard
from onevec.bulk.manifest import Manifest


class Claims:
    """The ids of a run. The reading thread claims, the writing thread enters.

    Args:
        manifest: Has the ids of what is done.
    """

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._under_way: dict[int, set[str]] = {}
        self._lock = threading.Lock()

    def claim(self, shard: Shard) -> Shard:
        """The shard, where a row whose id a shard before it has is faulty; the other ids are its own from now on."""
        mine = {name for row, name in enumerate(shard.ids) if row not in shard.faults}
        with self._lock:
            taken = {name for ids in self._under_way.values() for name in mine & ids}
            self._under_way[shard.number] = mine - taken
        # Whatever was entered since then was under way then.
        taken |= self._manifest.known([*mine - taken])
        if not taken:
            return shard
        again = {row: DUPLICATE for row, name in enumerate(shard.ids) if name in taken and row not in shard.faults}
        with self._lock:
            self._under_way[shard.number] -= taken
        return replace(shard, faults={**shard.faults, **again})

    def of(self, shard: Shard) -> set[str]:
        """The ids that are the shard's own."""
        with self._lock:
            return self._under_way[shard.number]

    def entered(self, shard: Shard) -> None:
        """The manifest has them."""
        with self._lock:
            del self._under_way[shard.number]
