"""From the settings to the cache: what `[cache]` asks for, in the order in which it is asked."""

from collections import Counter
from pathlib import Path

from onevec.gateway.cache.disk import DiskStore
from onevec.gateway.cache.memory import MemoryStore
from onevec.gateway.cache.redis import RedisStore
from onevec.gateway.cache.tier import Lookups, Tier
from onevec.gateway.cache.vector_cache import VectorCache
from onevec.gateway.settings.config import Cache, Redis

DISK_TIMEOUT = 0.25
"""Seconds that a request waits for the disk: computing is quicker than a disk that needs longer."""


def open_cache(settings: Cache, folder: Path, redis: Redis | None = None) -> VectorCache:
    """The cache of the section `[cache]`. Nothing is asked of Redis yet.

    Args:
        settings: The section.
        folder: Where a relative path starts.
        redis: The section `[redis]`, its URL read from the environment; only where the cache is to use it.

    Raises:
        ConfigurationError: a file that cannot be opened, or redis-py is not installed; `param` is the setting.
    """
    lookups: Lookups = Counter()
    tiers = []
    if settings.disk is not None:
        file = DiskStore(folder / Path(settings.disk).expanduser(), settings.disk_bytes)
        tiers.append(Tier("disk", file, DISK_TIMEOUT, lookups))
    if settings.redis and redis is not None:
        shared = RedisStore(redis.url, redis.timeout, redis.prefix, settings.ttl)
        tiers.append(Tier("redis", shared, redis.timeout, lookups))
    memory = MemoryStore(settings.memory)
    return VectorCache(memory, tiers, lookups, precision=settings.precision, ttl=settings.ttl)
