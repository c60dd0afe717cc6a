"""Every store behind one contract."""

import pytest

from onevec.gateway.cache.disk import DiskStore
from onevec.gateway.cache.memory import MemoryStore
from onevec.gateway.cache.redis import RedisStore


@pytest.fixture
def redis_url(witness, redis_program):
    witness("redis")
    return f"redis://127.0.0.1:{redis_program.port}"


@pytest.fixture(params=["memory", "disk", "redis"])
async def store(request, tmp_path):
    if request.param == "memory":
        made = MemoryStore(1 << 20)
    elif request.param == "disk":
        made = DiskStore(tmp_path / "cache.sqlite", 1 << 20)
    else:
        made = RedisStore(request.getfixturevalue("redis_url"), 5.0, "mine:")
    yield made
    await made.close()
