"""What of a gateway is watched: its queues, targets, models, its books and its cache, as metrics."""

import functools

from onevec.gateway import Bookkeeping, Deployments, Gateway
from onevec.gateway.cache import VectorCache
from onevec.server.observing.metrics import Metrics
from onevec.server.observing.watched import Watched
from onevec.types import RunsBatches


def watch(metrics: Metrics, gateway: Gateway) -> None:
    """Tell the figures of a gateway from now on, and no longer those of the one before it.

    What others keep is read when somebody asks; batches and attempts are told by whoever makes them.
    """
    metrics.renew()
    _deployments(metrics, gateway.deployments)
    if gateway.books is not None:
        _books(metrics.watched, gateway.books)
    if gateway.cache is not None:
        _cache(metrics.watched, gateway.cache)


def _deployments(metrics: Metrics, deployments: Deployments) -> None:
    for name, deployment in deployments.items():
        if isinstance(deployment.embedder, RunsBatches):
            deployment.embedder.on_batch(metrics.batches(name))
        if deployment.pool is not None:
            deployment.pool.on_outcome(metrics.attempts(name))
    queues = {deployment.name: deployment.queue for deployment in deployments.values()}
    for field, text in (("requests", "Requests that wait or run."), ("tokens", "Their tokens, as estimated.")):
        sources = {name: functools.partial(getattr, queue, field) for name, queue in queues.items()}
        metrics.watched.gauge(f"onevec_queue_{field}", text, sources)


def _books(watched: Watched, books: Bookkeeping) -> None:
    if books.redis is not None:
        shared = books.redis.shared
        text = "Whether Redis answers; without it each replica goes on by itself."
        watched.gauge("onevec_redis_up", text, {"limits": lambda: float(shared.up)}, "use", "livemin")
    if books.ledger is not None:
        ledger = books.ledger
        watched.one("onevec_ledger_up", "Whether its database answers.", lambda: float(ledger.up), "livemin")
        watched.one("onevec_ledger_pending", "Rows that are not written yet.", lambda: ledger.pending)


def _cache(watched: Watched, cache: VectorCache) -> None:
    watched.counts("onevec_cache_lookups", "Keys looked up.", ("store", "outcome"), cache.lookups)
    watched.counts("onevec_cache_items", "Inputs answered.", ("deployment", "outcome"), cache.items)
    watched.one("onevec_cache_memory_bytes", "Bytes of cached vectors in memory.", lambda: cache.memory.size)
