"""Figures of what accounts are kept in: whether Redis and the ledger's database answer."""

from onevec.gateway import Bookkeeping
from onevec.server.metrics import Metrics


def watch_books(metrics: Metrics, books: Bookkeeping) -> None:
    """Gauges that are read when somebody asks."""
    if books.redis is not None:
        shared = books.redis.shared
        text = "Whether Redis answers; without it each replica goes on by itself."
        metrics.watch("onevec_redis_up", text, {"limits": lambda: float(shared.up)}, label="use")
    if books.ledger is not None:
        ledger = books.ledger
        metrics.watch_one("onevec_ledger_up", "Whether the ledger's database answers.", lambda: float(ledger.up))
        metrics.watch_one("onevec_ledger_pending", "Rows that are not written yet.", lambda: ledger.pending)
