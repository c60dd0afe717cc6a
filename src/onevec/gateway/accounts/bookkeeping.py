"""Bookkeeping: from `[limits]`, `[redis]` and `[ledger]` to the accounts, and what they keep open."""

import asyncio
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Self

from onevec.errors import ConfigurationError
from onevec.gateway.access.policy import period_name
from onevec.gateway.accounts.budgets import Budgets
from onevec.gateway.accounts.charges import Accounts
from onevec.gateway.accounts.ledger import Ledger, Sums
from onevec.gateway.accounts.ledger.engine import connect
from onevec.gateway.accounts.ledger.store import Store
from onevec.gateway.accounts.limits import CallerLimits
from onevec.gateway.accounts.redis_counters import RedisCounters
from onevec.gateway.settings.config import Config
from onevec.gateway.settings.references import redis_of, resolved


@dataclass(frozen=True, slots=True)
class Bookkeeping:
    """What the accounts are kept in; nothing is called before `open`.

    Attributes:
        config: What it was made of.
        redis: The counters that replicas share.
        ledger: Where usage is written down.
    """

    config: Config
    redis: RedisCounters | None = None
    ledger: Ledger | None = None

    @classmethod
    def of(cls, config: Config, environ: Mapping[str, str] = os.environ) -> Self:
        """Check what can be checked without calling anybody.

        Raises:
            ConfigurationError: a variable that is not set, an extra that is not installed, a URL that is none; names
                file, line and key.
        """
        return cls(config, _redis(config, environ), _ledger(config, environ))

    def open(self) -> Accounts:
        """The accounts. Blocking: the ledger's tables are created, and what was used before is read.

        Raises:
            ConfigurationError: the ledger is another version's.
        """
        shared = None if self.redis is None else self.redis.shared
        budgets = Budgets(shared)
        if self.ledger is not None:
            try:
                self.ledger.start(lambda used: seed(budgets, used))
            except ConfigurationError as exc:
                raise self.config.source.error(("ledger", "url"), exc.message, cause=exc) from exc
        return Accounts(CallerLimits(self.config.limits, shared), budgets, self.ledger)

    def other_limits(self, accounts: Accounts) -> Accounts:
        """The same accounts under the limits of this configuration."""
        shared = None if self.redis is None else self.redis.shared
        return Accounts(CallerLimits(self.config.limits, shared), accounts.budgets, accounts.ledger)

    async def aclose(self, left: Sequence[object] = ()) -> None:
        """Write down what is pending and close the connections, but for what is left to another."""
        if self.ledger is not None and self.ledger not in left:
            await asyncio.to_thread(self.ledger.close)
        if self.redis is not None and self.redis not in left:
            await self.redis.aclose()


def seed(budgets: Budgets, used: Iterable[tuple[str, date, Sums]]) -> None:
    """Count in budgets what keys have used today and this month, before this process began."""
    now = datetime.now(UTC)
    today, month = period_name("day", now), period_name("month", now)
    for name, day, sums in used:
        for period in (month, *([today] if day.isoformat() == today else [])):
            budgets.seed(f"key:{name}", "tokens", period, sums.tokens)
            budgets.seed(f"key:{name}", "nanodollars", period, sums.nanodollars)


def _redis(config: Config, environ: Mapping[str, str]) -> RedisCounters | None:
    redis = redis_of(config, environ)
    try:
        return None if redis is None else RedisCounters(redis)
    except ConfigurationError as exc:
        raise config.source.error(("redis", "url"), exc.message, cause=exc) from exc


def _ledger(config: Config, environ: Mapping[str, str]) -> Ledger | None:
    return None if config.ledger is None else Ledger(store(config, environ), config.ledger.flush)


def store(config: Config, environ: Mapping[str, str] = os.environ, *, create: bool = True) -> Store:
    """The database of the ledger, which `onevec usage` reads too, without making one that is not there.

    Raises:
        ConfigurationError: there is no `[ledger]`, its URL is wrong, an extra is missing; names file, line and key.
    """
    if config.ledger is None:
        raise config.source.error(("ledger",), "there is none: add [ledger], and usage is written down from then on")
    url = resolved(config.ledger.url, ("ledger", "url"), config.source, environ)
    try:
        return Store(connect(url, Path(config.source.name).parent, create=create))
    except ConfigurationError as exc:
        raise config.source.error(("ledger", "url"), exc.message, cause=exc) from exc
