import asyncio
import logging

import numpy as np
import pytest

from onevec.gateway.cache.entries import Entry, pack
from onevec.gateway.cache.memory import MemoryStore
from onevec.gateway.cache.tier import Lookups, Tier
from onevec.gateway.pool.breaker import FIRST_PAUSE

KEYS = [bytes([number]) * 32 for number in range(4)]


def packed(key, value=1.0):
    return pack(key, Entry(np.full(2, value, np.float32), True, 1, 0))


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


class Faulty(MemoryStore):
    """Fails with what `fault` is; `hangs` makes it answer never. Counts how often it was asked."""

    def __init__(self):
        super().__init__(1 << 20)
        self.fault = None
        self.hangs = False
        self.asked = 0

    async def _happens(self):
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.fault is not None:
            raise self.fault

    async def get(self, keys):
        await self._happens()
        return await super().get(keys)

    async def put(self, items):
        await self._happens()
        await super().put(items)


def made(timeout=5.0):
    store, clock = Faulty(), Clock()
    return store, clock, Tier("disk", store, timeout, Lookups(), clock)


async def test_sound_entries_are_found_and_every_outcome_counted():
    _, _, tier = made()
    await tier.keep({KEYS[0]: packed(KEYS[0]), KEYS[1]: packed(KEYS[0]), KEYS[2]: packed(KEYS[2])[:-1]})
    found = await tier.find(KEYS)
    assert [*found] == [KEYS[0]]
    raw, entry = found[KEYS[0]]
    assert (raw, entry.vector.tolist()) == (packed(KEYS[0]), [1.0, 1.0])
    assert tier._lookups == {("disk", "hit"): 1, ("disk", "damaged"): 2, ("disk", "miss"): 1}


async def test_a_store_that_fails_is_a_miss_logged_once_left_alone_and_asked_again(caplog):
    caplog.set_level(logging.INFO)
    store, clock, tier = made()
    await tier.keep({KEYS[0]: packed(KEYS[0])})
    store.fault = OSError("no disk")
    for _ in range(5):
        for _ in range(3):
            assert await tier.find(KEYS[:1]) == {}
        clock.now += 100
    assert store.asked == 1 + 5
    store.fault = None
    assert [*await tier.find(KEYS[:1])] == KEYS[:1]
    assert [*await tier.find(KEYS[:1])] == KEYS[:1]
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        "the cache's disk cannot be read, and is left alone until it answers again: OSError: no disk",
        "the cache's disk cannot be read: that is over",
    ]
    assert tier._lookups["disk", "error"] == 5


async def test_the_pause_of_a_store_that_goes_on_failing_grows():
    store, clock, tier = made()
    store.fault = OSError()
    asked = []
    for _ in range(200):
        await tier.find(KEYS[:1])
        asked.append(store.asked)
        clock.now += FIRST_PAUSE
    assert asked[-1] < 15


async def test_a_store_that_cannot_be_written_can_still_be_read():
    store, _, tier = made()
    await tier.keep({KEYS[0]: packed(KEYS[0])})
    store.fault = OSError("disk full")
    await tier.keep({KEYS[1]: packed(KEYS[1])})
    store.fault = None
    assert [*await tier.find(KEYS[:2])] == KEYS[:1]
    asked = store.asked
    await tier.keep({KEYS[1]: packed(KEYS[1])})
    assert store.asked == asked


async def test_nobody_waits_longer_than_the_timeout():
    store, _, tier = made(timeout=0.01)
    store.hangs = True
    assert await tier.find(KEYS) == {}
    assert await tier.find(KEYS) == {}
    assert store.asked == 1


async def test_a_store_that_cannot_be_closed_is_told_of(caplog):
    class Clinging(MemoryStore):
        async def close(self):
            raise OSError("no")

    await Tier("disk", Clinging(1), 1.0, Lookups()).close()
    assert [record.getMessage() for record in caplog.records] == ["the cache's disk could not be closed: OSError: no"]


async def test_a_caller_who_goes_says_nothing_about_the_store():
    store, _, tier = made()
    store.hangs = True
    task = asyncio.create_task(tier.find(KEYS))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    store.hangs = False
    assert await tier.find(KEYS) == {}
    assert store.asked == 2
