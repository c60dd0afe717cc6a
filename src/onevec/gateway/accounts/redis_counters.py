"""Counters in a Redis or Valkey: the `limits` library's scripts over connections of our own."""

from typing import TYPE_CHECKING, Any

from onevec.errors import ConfigurationError
from onevec.gateway.accounts.counters import SharedCounters
from onevec.gateway.settings.config import Redis

if TYPE_CHECKING:
    from limits.aio.storage import RedisStorage
    from redis import asyncio as asyncio_redis

CONNECTIONS = 32
"""At once; a question takes a fraction of a millisecond, so that more would only wait at the other end."""


class RedisCounters:
    """The counters, and the connections to them, which belong to one event loop.

    Attributes:
        shared: The counters, asked only while Redis answers.
    """

    def __init__(self, settings: Redis) -> None:
        """Connect to nobody yet.

        Raises:
            ConfigurationError: the extra is not installed, or the URL is none.
        """
        try:
            import redis.asyncio
            from limits.aio.storage import RedisStorage
        except ImportError as exc:
            raise ConfigurationError("[redis] needs redis-py: pip install 'onevec[redis]'", param="redis") from exc
        try:
            self._client = _client(settings.url, settings.timeout)
        except ValueError as exc:
            raise ConfigurationError("the URL is none of a Redis: write redis://HOST:PORT/NUMBER", param="url") from exc
        # The library reads of its URL only whose client to take: it gets our connections, and never sees a password.
        options: Any = {"connection_pool": self._client.connection_pool}
        prefix = f"{settings.prefix}limits"
        counters = RedisStorage("async+redis://", implementation="redispy", key_prefix=prefix, **options)
        self.shared = SharedCounters(_Lasting(counters, self._client, prefix), settings.timeout, (redis.RedisError,))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.connection_pool.aclose()


def _client(url: str, timeout: float) -> "asyncio_redis.Redis":
    import redis.asyncio
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    pool = redis.asyncio.BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        timeout=timeout,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        # Redis may have been started again since a connection was made.
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
    )
    return redis.asyncio.Redis(connection_pool=pool)


class _Lasting:
    """The library's counters, and what those lack."""

    def __init__(self, counters: "RedisStorage", client: "asyncio_redis.Redis", prefix: str) -> None:
        self._client, self._prefix = client, prefix
        self.incr = counters.incr
        self.acquire_sliding_window_entry = counters.acquire_sliding_window_entry
        self.get_sliding_window = counters.get_sliding_window

    async def restore(self, key: str, expiry: int, value: int) -> None:
        """Let a counter that is not there begin with a value; one that is there is left alone."""
        await self._client.set(f"{self._prefix}:{key}", value, nx=True, ex=expiry)
