import asyncio
import shutil
import signal
import subprocess

import numpy as np
import pytest

from onevec.gateway.cache.disk import DiskStore
from onevec.gateway.cache.entries import Entry, pack
from onevec.gateway.cache.memory import MemoryStore
from onevec.gateway.cache.redis import RedisStore
from onevec.gateway.cache.tier import Lookups, Tier
from onevec.gateway.cache.vector_cache import MOST_WRITES, VectorCache


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def key(number):
    return number.to_bytes(32, "big")


def entry(number, made=1000):
    return Entry(np.array([number, 1.0], np.float32), True, 1, made)


def layered(*stores, **more):
    lookups = Lookups()
    tiers = [Tier(f"tier{place}", store, 5.0, lookups) for place, store in enumerate(stores)]
    return VectorCache(MemoryStore(1 << 20), tiers, lookups, **more)


class Gated(MemoryStore):
    """Writes when its gate is open."""

    def __init__(self):
        super().__init__(1 << 20)
        self.gate = asyncio.Event()

    async def put(self, items):
        await self.gate.wait()
        await super().put(items)


async def test_what_is_kept_is_in_every_store():
    one, other = MemoryStore(1 << 20), MemoryStore(1 << 20)
    cache = layered(one, other)
    kept = await cache.keep({key(1): entry(1)})
    assert kept[key(1)].vector.tolist() == [1.0, 1.0]
    await cache.settled()
    raw = pack(key(1), entry(1))
    assert (cache.memory.find(key(1)), one.find(key(1)), other.find(key(1))) == (raw, raw, raw)
    assert cache.peek([key(1)])[key(1)].vector.tolist() == [1.0, 1.0]


async def test_only_what_one_store_has_not_is_asked_of_the_next_and_written_to_those_above():
    one, other = MemoryStore(1 << 20), MemoryStore(1 << 20)
    cache = layered(one, other)
    one.keep(key(1), pack(key(1), entry(1)))
    for number in (1, 2):
        other.keep(key(number), pack(key(number), entry(number + 10)))
    found = await cache.fetch([key(1), key(2), key(3)])
    assert {number: found[key(number)].vector[0] for number in (1, 2)} == {1: 1.0, 2: 12.0}
    assert len(found) == 2
    await cache.settled()
    assert one.find(key(2)) == pack(key(2), entry(12))
    assert [*cache.peek([key(1), key(2), key(3)])] == [key(1), key(2)]
    assert cache.lookups == {
        ("tier0", "hit"): 1,
        ("tier0", "miss"): 2,
        ("tier1", "hit"): 1,
        ("tier1", "miss"): 1,
        ("memory", "hit"): 2,
        ("memory", "miss"): 1,
    }


async def test_a_damaged_entry_is_asked_of_the_next_store_and_mended():
    one, other = MemoryStore(1 << 20), MemoryStore(1 << 20)
    cache = layered(one, other)
    one.keep(key(1), pack(key(2), entry(2)))
    other.keep(key(1), pack(key(1), entry(1)))
    assert (await cache.fetch([key(1)]))[key(1)].vector[0] == 1.0
    await cache.settled()
    assert one.find(key(1)) == pack(key(1), entry(1))
    assert cache.lookups["tier0", "damaged"] == 1


async def test_an_entry_is_old_wherever_it_lies():
    clock, lower = Clock(), MemoryStore(1 << 20)
    cache = layered(lower, ttl=60, clock=clock)
    await cache.keep({key(1): entry(1, cache.now())})
    await cache.settled()
    clock.now += 59
    assert [*cache.peek([key(1)])] == [*await cache.fetch([key(1)])] == [key(1)]
    clock.now += 2
    assert cache.peek([key(1)]) == await cache.fetch([key(1)]) == {}


async def test_half_precision_is_what_everybody_gets():
    cache = layered(precision="float16")
    kept = await cache.keep({key(1): Entry(np.array([0.1, 0.2], np.float32), True, 1, 0)})
    assert kept[key(1)].vector.tolist() == cache.peek([key(1)])[key(1)].vector.tolist()
    assert kept[key(1)].vector.tolist() == np.array([0.1, 0.2], np.float16).astype(np.float32).tolist()


async def test_nobody_waits_for_a_write_and_few_are_waiting():
    lower = Gated()
    cache = layered(lower)
    for number in range(MOST_WRITES + 10):
        await cache.keep({key(number): entry(number)})
    lower.gate.set()
    await cache.settled()
    assert sum(lower.find(key(number)) is not None for number in range(MOST_WRITES + 10)) == MOST_WRITES
    assert len(cache.peek(map(key, range(MOST_WRITES + 10)))) == MOST_WRITES + 10


async def test_closing_finishes_the_writes(tmp_path):
    cache = layered(DiskStore(tmp_path / "c", 1 << 20))
    await cache.keep({key(1): entry(1)})
    await cache.aclose()
    again = layered(DiskStore(tmp_path / "c", 1 << 20))
    assert [*await again.fetch([key(1)])] == [key(1)]
    await again.aclose()


async def test_closing_gives_up_a_write_that_hangs(caplog):
    cache = layered(Gated())
    await cache.keep({key(1): entry(1)})
    await cache.aclose(patience=0.01)
    assert [record.getMessage() for record in caplog.records] == [
        "1 writes to the cache were given up, since the server stops"
    ]


async def test_closing_is_not_upset_by_a_write_that_ends_as_it_is_given_up(caplog):
    class Late(MemoryStore):
        closed = False

        async def close(self):
            self.closed = True

    store = Late(1 << 20)
    cache = layered(store)
    await cache.keep({key(1): entry(1)})
    await cache.aclose(patience=0)
    assert store.closed
    assert not caplog.records


async def test_redis_that_is_killed_in_mid_use_costs_hits_alone(redis_url, redis_program, caplog):
    """And comes back into use by itself; the probe's pause is the breaker's, here counted by a clock of the test's."""
    clock, lookups = Clock(), Lookups()
    store = RedisStore(redis_url, 0.5, "mine:")
    tier = Tier("redis", store, 0.5, lookups, clock)
    cache = VectorCache(MemoryStore(1), [tier], lookups)
    await cache.keep({key(1): entry(1)})
    await cache.settled()
    assert [*await cache.fetch([key(1)])] == [key(1)]
    redis_program.kill()
    for number in range(20):
        assert await cache.fetch([key(number)]) == {}
        await cache.keep({key(number): entry(number)})
        await cache.settled()
    assert lookups["redis", "error"] == 1
    assert len(caplog.records) == 2, caplog.records  # reading, and writing
    redis_program.start()
    clock.now += 100
    assert await cache.fetch([key(1)]) == {}
    await cache.keep({key(1): entry(1)})
    await cache.settled()
    assert [*await cache.fetch([key(1)])] == [key(1)]
    await cache.aclose()


async def test_redis_that_answers_no_more_costs_its_timeout_once(redis_url, redis_program):
    lookups = Lookups()
    cache = VectorCache(MemoryStore(1), [Tier("redis", RedisStore(redis_url, 0.1, "p:"), 0.1, lookups)], lookups)
    redis_program.signal(signal.SIGSTOP)
    try:
        async with asyncio.timeout(5):
            for number in range(50):
                assert await cache.fetch([key(number)]) == {}
    finally:
        redis_program.signal(signal.SIGCONT)
    assert lookups["redis", "error"] < 50
    await cache.aclose()


@pytest.fixture
def small_disk(tmp_path):
    """A file system of one megabyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = [shutil.which("mount") or "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a small file system can be mounted by root alone")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


async def test_a_full_disk_costs_hits_alone_and_what_is_there_can_be_read(small_disk, caplog):
    lookups = Lookups()
    cache = VectorCache(MemoryStore(1), [Tier("disk", DiskStore(small_disk / "c", 1 << 30), 5.0, lookups)], lookups)
    for number in range(500):
        await cache.keep({key(number): Entry(np.full(1536, number, np.float32), True, 1, 0)})
        await cache.settled()
    found = await cache.fetch([key(number) for number in range(500)])
    assert 20 < len(found) < 200
    assert all((found[one].vector == int.from_bytes(one, "big")).all() for one in found)
    assert [record.getMessage() for record in caplog.records if "written" in record.getMessage()] == [
        "the cache's disk cannot be written, and is left alone until it answers again: "
        "OperationalError: database or disk is full"
    ]
    await cache.aclose()
