"""Budgets: tokens and money of a day or a month, held back when a request comes and settled when it is over."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from types import TracebackType
from typing import Any, Self, TypeVar

from onevec.errors import InsufficientFundsError
from onevec.gateway.access.policy import NANO, Budget, Unit, period_end, period_name
from onevec.gateway.accounts.counters import AwayError, LastingCounters, SharedCounters
from onevec.gateway.accounts.totals import Totals

T = TypeVar("T")

KEPT = 86_400
"""Seconds past its period for which a counter is kept: a request that it began in may end later."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """What a request costs, as estimated or as it turned out.

    Attributes:
        tokens: Read.
        nanodollars: Their price; None where nobody knows one: then budgets of money do not count it.
    """

    tokens: int = 0
    nanodollars: int | None = None

    def of(self, unit: Unit) -> int | None:
        """That in a unit."""
        return self.tokens if unit == "tokens" else self.nanodollars


NOTHING = Amounts(0, 0)
"""Of a request that failed."""


class Budgets:
    """Counts what each caller has used of his budgets.

    Args:
        shared: Counters that replicas share. While they are away each replica goes on from what it saw last, and pays
            in what has come together when they are back; if they have forgotten, it tells them what it saw.
        now: The time, in UTC.
    """

    def __init__(
        self, shared: SharedCounters | None = None, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._shared = shared
        self._now = now
        self._totals = Totals(lambda: now().timestamp())
        self._tasks: set[asyncio.Task[Any]] = set()

    def hold(self, caller: str, budgets: Sequence[Budget], estimate: Amounts) -> "Hold":
        """Hold back, while the context lasts, what a request is estimated to cost; then count what it did cost.

        Nothing without `Hold.used`: a request that failed costs nothing.
        """
        return Hold(self, caller, budgets, estimate)

    def seed(self, caller: str, unit: Unit, period: str, amount: int) -> None:
        """Count what was used before this process began, in a day or a month by its name; from any thread."""
        end = self._now().timestamp() + 32 * KEPT
        self._totals.add(_key(caller, unit, period), amount, end)

    def used(self, caller: str, budget: Budget) -> int:
        """What a caller has used of a budget in the period that is now, as far as this process knows."""
        place = self.place(caller, budget)
        return self._totals.add(place.key, 0, place.kept)

    def place(self, caller: str, budget: Budget) -> "Place":
        """The counter that a request which comes now is counted by."""
        now = self._now()
        period, end = period_name(budget.period, now), period_end(budget.period, now).timestamp()
        return Place(budget, _key(caller, budget.unit, period), end - now.timestamp(), end + KEPT)

    async def add(self, place: "Place", amount: int) -> int:
        """Add to a counter; what it holds then."""
        if self._shared is None:
            return self._totals.add(place.key, amount, place.kept)
        epoch, totals = self._shared.outages, self._totals
        before, owed = totals.unconfirmed(place.key, epoch), totals.take_owed(place.key)
        expiry = max(1, round(place.kept - self._now().timestamp()))

        async def question(by: LastingCounters) -> int:
            if before:
                await by.restore(place.key, expiry, before)
            return await by.incr(place.key, expiry, owed + amount)

        try:
            value = await self._shared.ask(question)
        except AwayError:
            # One that answered too late may have counted it nevertheless: then it is counted twice.
            return totals.owe(place.key, owed, amount, place.kept)
        totals.learn(place.key, value, place.kept, epoch)
        return value

    async def finish(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end, even when whoever waits for it is cancelled."""
        if self._shared is None:
            return await work  # it waits for nothing, so that nothing can interrupt it
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def aclose(self) -> None:
        """Wait until every request that is over has been settled."""
        while self._tasks:
            await asyncio.wait(self._tasks)


@dataclass(frozen=True, slots=True)
class Place:
    """A budget's counter of one period.

    Attributes:
        key: Of the counter.
        left: Seconds to the period's end.
        kept: When the counter may be forgotten, in seconds since 1970.
    """

    budget: Budget
    key: str
    left: float
    kept: float


class Hold:
    """What is held back of a caller's budgets for one request: taken on entering, settled on leaving, whatever happens.

    Raises:
        InsufficientFundsError: on entering, a budget has not enough left; nothing is held back then.
    """

    __slots__ = ("_budgets", "_caller", "_estimate", "_limits", "_lock", "_taken", "used")

    def __init__(self, budgets: Budgets, caller: str, limits: Sequence[Budget], estimate: Amounts) -> None:
        self._budgets, self._caller, self._limits, self._estimate = budgets, caller, limits, estimate
        self._lock = asyncio.Lock()
        self._taken: list[tuple[Place, int]] = []
        self.used = NOTHING

    async def __aenter__(self) -> Self:
        if not self._limits:
            return self
        try:
            refusal = await self._budgets.finish(self._take())
        except BaseException:
            await self._budgets.finish(self._settle())
            raise
        if refusal is not None:
            await self._budgets.finish(self._settle())
            raise refusal
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._limits:
            await self._budgets.finish(self._settle())

    async def _take(self) -> InsufficientFundsError | None:
        """Take from each budget until one has not enough."""
        async with self._lock:
            for budget in self._limits:
                place, amount = self._budgets.place(self._caller, budget), self._estimate.of(budget.unit)
                if amount is None:
                    continue
                total = await self._budgets.add(place, amount)
                self._taken.append((place, amount))
                if total > budget.limit or total - amount >= budget.limit:
                    return _refusal(place, total - amount, amount)
        return None

    async def _settle(self) -> None:
        """Replace what was taken by what was used."""
        async with self._lock:  # it may still be taking for a caller who has gone
            while self._taken:
                place, amount = self._taken.pop()
                if missing := (self.used.of(place.budget.unit) or 0) - amount:
                    await self._budgets.add(place, missing)


def _key(caller: str, unit: Unit, period: str) -> str:
    return f"onevec-budget/{unit}/{period}/{caller}"


def _refusal(place: Place, used: int, cost: int) -> InsufficientFundsError:
    budget = place.budget
    left = max(0, budget.limit - used)
    rest = (
        f"has {_said(left, budget)} left, and this request takes about {_said(cost, budget)}" if left else "is used up"
    )
    return InsufficientFundsError(
        f"this key's budget of {budget} {rest}: the next {budget.period} begins in {ceil(place.left)} s (UTC)",
        code="budget_exceeded",
        retry_after=place.left,
    )


def _said(amount: int, budget: Budget) -> str:
    return f"{amount} tokens" if budget.unit == "tokens" else f"{amount / NANO:.9f}".rstrip("0").rstrip(".") + " USD"
