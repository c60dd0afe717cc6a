import asyncio
from datetime import UTC, datetime

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from onevec.errors import InsufficientFundsError
from onevec.gateway.access.policy import Budget
from onevec.gateway.accounts.budgets import Amounts, Budgets
from onevec.gateway.accounts.totals import Totals

DAY = Budget.parse("100 tokens/day")
MONTH = Budget.parse("1 USD/month")


@pytest.fixture
def clock():
    with time_machine.travel("2026-11-30T23:00:00Z", tick=False) as clock:
        yield clock


async def use(budgets, estimate, used=None, limits=(DAY,), caller="key:a"):
    async with budgets.hold(caller, limits, estimate) as hold:
        hold.used = estimate if used is None else used


async def refused(budgets, estimate, limits=(DAY,)):
    with pytest.raises(InsufficientFundsError) as caught:
        await use(budgets, estimate, limits=limits)
    assert (caught.value.status, caught.value.code) == (402, "budget_exceeded")
    return caught.value


async def test_a_budget_is_used_up_and_begins_anew(clock):
    budgets = Budgets()
    await use(budgets, Amounts(60))
    error = await refused(budgets, Amounts(41))
    assert "budget of 100 tokens/day has 40 tokens left, and this request takes about 41 tokens" in error.message
    assert error.retry_after == 3600
    await use(budgets, Amounts(40))
    assert "is used up" in (await refused(budgets, Amounts(1))).message
    await use(budgets, Amounts(100), caller="key:b")
    clock.shift(3600)
    await use(budgets, Amounts(100))


async def test_what_was_used_is_counted_and_not_what_was_estimated(clock):
    budgets = Budgets()
    await use(budgets, Amounts(90), Amounts(10))
    assert budgets.used("key:a", DAY) == 10
    await use(budgets, Amounts(10), Amounts(120))  # more than there is left: it has been used
    assert budgets.used("key:a", DAY) == 130
    assert "is used up" in (await refused(budgets, Amounts(1))).message


async def test_a_request_is_counted_where_it_began(clock):
    budgets = Budgets()
    async with budgets.hold("key:a", [DAY], Amounts(60)) as hold:
        clock.shift(7200)
        hold.used = Amounts(50)
    assert budgets.used("key:a", DAY) == 0
    clock.move_to(datetime(2026, 11, 30, 23, 30, tzinfo=UTC))
    assert budgets.used("key:a", DAY) == 50


async def test_money_is_exact(clock):
    budgets = Budgets()
    for _ in range(1000):
        await use(budgets, Amounts(10, 123), limits=[MONTH])
    assert budgets.used("key:a", MONTH) == 123_000
    error = await refused(budgets, Amounts(10, 1_000_000_000), limits=[MONTH])
    assert "has 0.999877 USD left, and this request takes about 1 USD" in error.message


async def test_what_has_no_price_is_not_counted_in_money_and_refused_by_no_budget_of_it(clock):
    budgets = Budgets()
    await use(budgets, Amounts(10, 10**9), limits=[MONTH])
    await refused(budgets, Amounts(10, 1), limits=[MONTH])
    await use(budgets, Amounts(10), limits=[MONTH, DAY])
    assert (budgets.used("key:a", MONTH), budgets.used("key:a", DAY)) == (10**9, 10)


async def test_a_refusal_of_one_budget_takes_nothing_from_another(clock):
    budgets = Budgets()
    await refused(budgets, Amounts(50, 2 * 10**9), limits=[DAY, MONTH])
    assert budgets.used("key:a", DAY) == 0


async def test_what_was_used_before_the_process_began_counts(clock):
    budgets = Budgets()
    budgets.seed("key:a", "tokens", "2026-11-30", 70)
    budgets.seed("key:a", "tokens", "2026-11", 170)
    assert "has 30 tokens left" in (await refused(budgets, Amounts(40))).message


def test_counters_of_periods_that_are_over_are_forgotten():
    now = 0.0
    totals = Totals(lambda: now)
    for day in range(1000):
        now = float(day)
        totals.add(f"day {day}", 1, now + 2)
    assert len(totals._values) < 5


class Slow:
    """Shared counters whose answers are let go one by one."""

    def __init__(self):
        self.values = {}
        self.waiting = []
        self.outages = 0

    async def ask(self, question):
        return await question(self)

    async def incr(self, key, expiry, amount=1):
        let_go = asyncio.Event()
        self.waiting.append(let_go)
        await let_go.wait()
        self.values[key] = self.values.get(key, 0) + amount
        return self.values[key]

    async def settled(self):
        """Let everything go until nothing comes any more."""
        for _ in range(20):
            await asyncio.sleep(0)
            for event in self.waiting:
                event.set()


@pytest.mark.parametrize("steps", range(6))
async def test_whoever_is_cancelled_while_he_waits_for_counters_holds_nothing_back(steps):
    slow = Slow()
    budgets = Budgets(slow)
    task = asyncio.ensure_future(use(budgets, Amounts(10, 10), limits=[DAY, MONTH]))
    for _ in range(steps):
        await asyncio.sleep(0)
        for event in slow.waiting[:1]:
            event.set()
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()  # even twice
    await slow.settled()
    await budgets.aclose()
    assert set(slow.values.values()) <= {0}


REQUESTS = st.lists(
    st.tuples(
        st.integers(0, 40),  # tokens as estimated
        st.integers(0, 60),  # as used
        st.sampled_from(["answered", "failed", "cancelled"]),
        st.integers(0, 5),  # turns of the loop before it ends
    ),
    max_size=30,
)


@given(REQUESTS)
def test_counters_are_the_sum_of_what_was_used_whatever_happens(requests):
    async def one(budgets, estimate, used, outcome, turns, sums):
        async with budgets.hold("key:a", [DAY, MONTH], Amounts(estimate, estimate)) as hold:
            for _ in range(turns):
                await asyncio.sleep(0)
            if outcome == "failed":
                raise RuntimeError
            if outcome == "cancelled":
                await asyncio.Event().wait()
            hold.used = Amounts(used, used)
            sums.append(used)

    async def everything():
        budgets, sums = Budgets(), []
        tasks = [asyncio.ensure_future(one(budgets, *request, sums)) for request in requests]
        for _ in range(8):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await budgets.aclose()
        return budgets.used("key:a", DAY), budgets.used("key:a", MONTH), sum(sums)

    tokens, money, used = asyncio.run(everything())
    assert tokens == money == used
