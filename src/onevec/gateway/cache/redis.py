"""Entries in Redis or Valkey, which several machines share."""

from collections.abc import Mapping, Sequence
from typing import Any

from onevec.errors import ConfigurationError


class RedisStore:
    """A :class:`~onevec.gateway.cache.store.Store` that asks once for all keys, and writes once for all entries.

    Args:
        url: Where it is; no connection is made before the first call.
        timeout: Seconds to connect, and for each answer.
        prefix: What its keys begin with.
        ttl: Seconds after which Redis forgets an entry; None leaves it to Redis' own `maxmemory-policy`.

    Raises:
        ConfigurationError: redis-py is not installed, or the URL is none.
    """

    def __init__(self, url: str, timeout: float, prefix: str, ttl: int | None = None) -> None:
        self._prefix = f"{prefix}vector:".encode()
        self._ttl = ttl
        self._client = _client(url, timeout)

    async def get(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """What is kept under each key; RedisError when it cannot be asked."""
        found: list[bytes | None] = await self._client.mget([self._prefix + key for key in keys])
        return found

    async def put(self, items: Mapping[bytes, bytes]) -> None:
        """Keep these; RedisError when they cannot be written."""
        async with self._client.pipeline(transaction=False) as pipeline:
            for key, raw in items.items():
                pipeline.set(self._prefix + key, raw, ex=self._ttl)
            await pipeline.execute()

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()


def load_redis() -> Any:
    """redis-py's async half.

    Raises:
        ConfigurationError: it is not installed; names the extra.
    """
    try:
        import redis.asyncio
    except ImportError as exc:
        raise ConfigurationError("a cache in Redis needs redis-py: pip install 'onevec[redis]'", param="redis") from exc
    return redis.asyncio


def _client(url: str, timeout: float) -> Any:
    library = load_redis()
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    # A second try would cost a request twice the timeout: it goes on without the cache instead.
    never = Retry(NoBackoff(), 0)
    try:
        return library.Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=never)
    except ValueError:
        # Without its cause, which repeats parts of the URL: one may be a password.
        raise ConfigurationError("the address in [redis] is none: write redis://HOST:PORT/0", param="redis") from None
