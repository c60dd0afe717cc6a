"""VectorCache: memory over disk over Redis, shared by all deployments of a gateway, since keys hold the space."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from onevec.gateway.cache.entries import Entry, Precision, pack, read
from onevec.gateway.cache.flights import Flights
from onevec.gateway.cache.memory import MemoryStore
from onevec.gateway.cache.tier import SLICE, Lookups, Tier

log = logging.getLogger("onevec.gateway")

MOST_WRITES = 64
"""Writes to one lower tier that may wait or run; further ones are left out, and computed again some day."""

FAREWELL = 5.0
"""Seconds that closing waits for writes under way."""


class VectorCache:
    """Looks from the quickest store to the slowest; what a slower one had, the quicker ones keep from then on.

    Nothing here raises for what a store does. Nobody waits for a write.

    Args:
        memory: Asked first, at once.
        tiers: Asked next, in order, for what those before did not have.
        lookups: Where outcomes are counted, the tiers' own as well.
        precision: How components are stored.
        ttl: Seconds after which an entry is as good as none, from when it was computed; None never.
        clock: Seconds since 1970.

    Attributes:
        memory: The quickest store.
        lookups: Keys that were looked up, by store and outcome.
        items: Inputs that were answered, by deployment and outcome: hit, miss, shared. Whoever embeds counts them.
        flights: Keys that are being computed.
    """

    def __init__(
        self,
        memory: MemoryStore,
        tiers: Sequence[Tier] = (),
        lookups: Lookups | None = None,
        *,
        precision: Precision = "float32",
        ttl: int | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.memory = memory
        self.lookups: Lookups = Counter() if lookups is None else lookups
        self.items: Counter[tuple[str, str]] = Counter()
        self.flights = Flights()
        self._tiers = tuple(tiers)
        self._precision = precision
        self._ttl = ttl
        self._clock = clock
        self._writes: dict[Tier, set[asyncio.Task[None]]] = {tier: set() for tier in self._tiers}

    def peek(self, keys: Iterable[bytes]) -> dict[bytes, Entry]:
        """What memory has."""
        found: dict[bytes, Entry] = {}
        missed = 0
        for key in keys:
            raw = self.memory.find(key)
            if raw is not None and self._fresh(entry := read(raw)):
                found[key] = entry
            else:
                missed += 1
        self.lookups["memory", "hit"] += len(found)
        self.lookups["memory", "miss"] += missed
        return found

    async def fetch(self, keys: Sequence[bytes]) -> dict[bytes, Entry]:
        """What the lower tiers have; they are asked one after another for what is still missing."""
        found: dict[bytes, Entry] = {}
        for depth, tier in enumerate(self._tiers):
            missing = [key for key in keys if key not in found]
            if not missing:
                break
            hits = {key: hit for key, hit in (await tier.find(missing)).items() if self._fresh(hit[1])}
            found |= {key: entry for key, (_, entry) in hits.items()}
            self._write({key: raw for key, (raw, _) in hits.items()}, self._tiers[:depth])
        return found

    async def keep(self, entries: Mapping[bytes, Entry]) -> dict[bytes, Entry]:
        """Keep these, and what they are from now on: rounded, where that is asked for, and nobody else's to change."""
        packed: dict[bytes, bytes] = {}
        for place, (key, entry) in enumerate(entries.items()):
            packed[key] = pack(key, entry, self._precision)
            if place % SLICE == SLICE - 1:
                await asyncio.sleep(0)
        self._write(packed, self._tiers)
        return {key: read(raw) for key, raw in packed.items()}

    def now(self) -> int:
        """When an entry that is made now was made."""
        return int(self._clock())

    async def settled(self) -> None:
        """Wait until everything that was to be written is."""
        while writes := [task for tasks in self._writes.values() for task in tasks]:
            await asyncio.wait(writes)

    async def aclose(self, patience: float = FAREWELL) -> None:
        """Finish writing, or give it up after so many seconds, and close the stores."""
        try:
            async with asyncio.timeout(patience):
                await self.settled()
        except TimeoutError:
            if writes := [task for tasks in self._writes.values() for task in tasks]:
                log.warning("%d writes to the cache were given up, since the server stops", len(writes))
                for task in writes:
                    task.cancel()
                await asyncio.wait(writes)
        for tier in self._tiers:
            await tier.close()
        await self.memory.close()

    def _fresh(self, entry: Entry) -> bool:
        return self._ttl is None or entry.made > self._clock() - self._ttl

    def _write(self, packed: Mapping[bytes, bytes], tiers: Iterable[Tier]) -> None:
        if not packed:
            return
        for key, raw in packed.items():
            self.memory.keep(key, raw)
        for tier in tiers:
            writes = self._writes[tier]
            if len(writes) < MOST_WRITES:
                task = asyncio.get_running_loop().create_task(tier.keep(packed))
                writes.add(task)
                task.add_done_callback(writes.discard)
