"""What every store does, and what each does beyond that."""

import asyncio
import os
import sqlite3
import sys
import traceback

import pytest

from onevec.errors import ConfigurationError
from onevec.gateway.cache.disk import DiskStore
from onevec.gateway.cache.memory import OVERHEAD, MemoryStore
from onevec.gateway.cache.redis import RedisStore


def keys(count, start=0):
    return [number.to_bytes(32, "big") for number in range(start, start + count)]


class Clock:
    now = 1000

    def __call__(self):
        return self.now


async def test_what_was_put_is_got_in_the_order_that_is_asked(store):
    first, second, third = keys(3)
    assert await store.get([first, second]) == [None, None]
    await store.put({first: b"one\0\xff", second: b""})
    assert await store.get([third, second, first, first]) == [None, b"", b"one\0\xff", b"one\0\xff"]


async def test_the_last_that_was_put_counts(store):
    (key,) = keys(1)
    await store.put({key: b"one"})
    await store.put({key: b"two"})
    assert await store.get([key]) == [b"two"]


async def test_many_at_once_and_none_at_all(store):
    await store.put({key: key for key in keys(500)})
    assert await store.get(keys(600)) == [*keys(500), *[None] * 100]
    await store.put({})
    assert await store.get(keys(1)) == keys(1)


async def test_calls_at_the_same_time(store):
    await asyncio.gather(*(store.put({key: key}) for key in keys(20)))
    found = await asyncio.gather(*(store.get([key]) for key in keys(20)))
    assert found == [[key] for key in keys(20)]


async def test_closing_twice_is_harmless(store):
    await store.put({keys(1)[0]: b"one"})
    await store.close()
    await store.close()


async def test_memory_keeps_what_was_used_last_within_its_bytes():
    store = MemoryStore(3 * (100 + OVERHEAD))
    one, two, three, four = keys(4)
    await store.put(dict.fromkeys((one, two, three), b"x" * 100))
    await store.get([one])
    await store.put({four: b"x" * 100})
    assert [raw is not None for raw in await store.get([one, two, three, four])] == [True, False, True, True]
    assert store.size == 3 * (100 + OVERHEAD)
    store.keep(two, b"x" * 10_000)
    assert await store.get([two]) == [None]


def file_size(path):
    return sum(one.stat().st_size for one in path.parent.iterdir() if one.name == path.name)


async def test_the_file_stays_within_its_bytes_and_keeps_what_was_used_last(tmp_path):
    path, clock = tmp_path / "cache.sqlite", Clock()
    store = DiskStore(path, 1 << 20, clock)
    favourite = keys(1)
    for start in range(0, 2000, 50):
        await store.put({key: bytes(6200) for key in keys(50, start)})
        clock.now += 10
        assert await store.get(favourite) == [bytes(6200)]
    kept = [raw is not None for raw in await store.get(keys(2000))]
    assert kept == [True, *sorted(kept[1:])]
    assert 80 < sum(kept) < 180
    await store.close()
    assert file_size(path) <= 1 << 20


async def test_more_at_once_than_the_file_may_hold_is_not_all_kept(tmp_path):
    path = tmp_path / "cache.sqlite"
    store = DiskStore(path, 1 << 20)
    await store.put({key: bytes(6200) for key in keys(1000)})
    assert 50 < sum(raw is not None for raw in await store.get(keys(1000))) < 170
    await store.close()
    assert file_size(path) <= 1 << 20


async def test_uses_are_noted_at_the_end_at_the_latest(tmp_path):
    clock = Clock()
    store = DiskStore(tmp_path / "cache.sqlite", 1 << 24, clock)
    await store.put(dict.fromkeys(keys(101), b"x"))
    clock.now += 5
    await store.get(keys(100))
    await store.close()
    with sqlite3.connect(tmp_path / "cache.sqlite") as connection:
        used = connection.execute("SELECT used, count(*) FROM entries GROUP BY used ORDER BY used").fetchall()
    connection.close()
    assert used == [(1000, 1), (1005, 100)]


async def test_entries_outlive_the_process(tmp_path):
    for _ in range(2):
        store = DiskStore(tmp_path / "cache.sqlite", 1 << 20)
        await store.put({keys(1)[0]: b"one"})
        await store.close()
    store = DiskStore(tmp_path / "cache.sqlite", 1 << 20)
    assert await store.get(keys(1)) == [b"one"]
    await store.close()


@pytest.mark.skipif(os.name != "posix", reason="there are no such bits")
async def test_nobody_else_may_read_the_file(tmp_path):
    store = DiskStore(tmp_path / "cache.sqlite", 1 << 20)
    await store.put({keys(1)[0]: b"one"})
    assert {one.name: one.stat().st_mode & 0o777 for one in tmp_path.iterdir()} == dict.fromkeys(
        ["cache.sqlite", "cache.sqlite-wal", "cache.sqlite-shm"], 0o600
    )
    await store.close()


async def test_two_processes_may_share_a_file(tmp_path):
    one, other = (DiskStore(tmp_path / "cache.sqlite", 1 << 20) for _ in range(2))
    await asyncio.gather(*(store.put({key: key}) for key in keys(20) for store in (one, other)))
    assert await one.get(keys(20)) == await other.get(keys(20)) == keys(20)
    await one.close()
    await other.close()


def destroy(path, beginning=0):
    with path.open("r+b") as file:
        size = file.seek(0, 2)
        file.seek(beginning)
        file.write(b"\x5a" * (size - beginning))


@pytest.mark.parametrize("beginning", [0, 100, 4096])
async def test_a_damaged_file_is_moved_aside_and_a_new_one_begun(tmp_path, caplog, beginning):
    path = tmp_path / "cache.sqlite"
    store = DiskStore(path, 1 << 20)
    await store.put({key: bytes(6200) for key in keys(50)})
    await store.close()
    destroy(path, beginning)
    store = DiskStore(path, 1 << 20)
    assert set(await store.get(keys(50))) == {None}
    await store.put({keys(1)[0]: b"one"})
    assert await store.get(keys(1)) == [b"one"]
    await store.close()
    assert (tmp_path / "cache.sqlite.damaged").exists()
    assert [record.getMessage() for record in caplog.records] == [
        f"the cache file {path} is damaged: it is now {path}.damaged, and a new one begins"
    ]


async def test_a_file_that_is_damaged_in_mid_use(tmp_path, caplog):
    path = tmp_path / "cache.sqlite"
    one, other = (DiskStore(path, 1 << 22) for _ in range(2))
    await one.put({key: bytes(6200) for key in keys(300)})
    await other.get(keys(1))
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    destroy(path, 4096)
    for store in (one, other, one, other):
        assert set(await store.get(keys(300))) <= {None, bytes(6200), b"new"}
        await store.put(dict.fromkeys(keys(300), b"new"))
    assert await one.get(keys(300)) == await other.get(keys(300)) == [b"new"] * 300
    await one.close()
    await other.close()
    assert len(caplog.records) == 1


async def test_a_file_that_is_taken_away_is_made_again(tmp_path):
    path = tmp_path / "cache.sqlite"
    store = DiskStore(path, 1 << 20)
    await store.put({keys(1)[0]: b"one"})
    for one in tmp_path.iterdir():
        one.unlink()
    assert await store.get(keys(1)) == [None]
    await store.put({keys(1)[0]: b"two"})
    assert await store.get(keys(1)) == [b"two"]
    await store.close()


def test_a_file_that_cannot_be_is_told_at_the_start(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be opened") as caught:
        DiskStore(tmp_path / "no folder" / "cache.sqlite", 1 << 20)
    assert caught.value.param == "disk"
    other = sqlite3.connect(tmp_path / "mine.sqlite")
    other.execute("CREATE TABLE mine (a)")
    other.close()
    with pytest.raises(ConfigurationError, match="another program") as caught:
        DiskStore(tmp_path / "mine.sqlite", 1 << 20)
    assert caught.value.param == "disk"


async def test_redis_forgets_when_it_is_told_to(redis_url):
    store = RedisStore(redis_url, 5.0, "mine:", ttl=100)
    await store.put({keys(1)[0]: b"one"})
    left = await store._client.ttl(b"mine:vector:" + keys(1)[0])
    assert 90 < left <= 100
    await store.close()


@pytest.mark.parametrize("url", ["http://user:secret@host", "redis://host:secret", "redis://user:secret@host:port"])
def test_an_address_that_is_none_is_refused_and_not_repeated(witness, url):
    witness("redis")
    with pytest.raises(ConfigurationError) as caught:
        RedisStore(url, 1.0, "")
    assert caught.value.param == "redis"
    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_redis_needs_its_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'onevec\[redis\]'"):
        RedisStore("redis://h", 1.0, "")
