"""Limits and budgets that replicas share, on a real Redis that is killed, stopped and started again."""

import asyncio
import logging
import random
import signal
import time
from datetime import UTC, datetime

import pytest
from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage

from onevec.errors import ConfigurationError, InsufficientFundsError, RateLimitError
from onevec.gateway.access.policy import Budget, period_name
from onevec.gateway.accounts.budgets import Amounts, Budgets
from onevec.gateway.accounts.counters import AwayError, SharedCounters
from onevec.gateway.accounts.limits import CallerLimits, window
from onevec.gateway.accounts.redis_counters import RedisCounters
from onevec.gateway.settings.config import RateLimits, Redis

BUDGET = Budget(100, "tokens", "month")


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Flaky(MemoryStorage):
    """Counts, unless it is away; `held` keeps answers back until they are let go."""

    def __init__(self):
        super().__init__()
        self.asked = 0
        self.away = False
        self.held = None
        self.came = asyncio.Event()

    async def incr(self, key, expiry, amount=1):
        self.asked += 1
        if self.away:
            raise ConnectionRefusedError
        if self.held is not None:
            self.came.set()
            await self.held.wait()
        return await super().incr(key, expiry, amount)


def one_more(counters):
    return counters.incr("k", 60, 1)


async def test_a_counter_that_is_away_is_asked_again_after_a_pause_and_said_once(caplog):
    flaky, clock = Flaky(), Clock()
    shared = SharedCounters(flaky, 1.0, clock=clock)
    caplog.set_level(logging.INFO)
    assert await shared.ask(one_more) == 1
    flaky.away = True
    for _ in range(5):
        with pytest.raises(AwayError):
            await shared.ask(one_more)
    assert (flaky.asked, shared.up) == (2, False)
    clock.now += 1.0
    with pytest.raises(AwayError):
        await shared.ask(one_more)
    assert flaky.asked == 3
    flaky.away = False
    clock.now += 1.0
    with pytest.raises(AwayError):  # the pause has doubled
        await shared.ask(one_more)
    clock.now += 1.0
    assert (await shared.ask(one_more), shared.up) == (2, True)
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2
    assert "does not answer (ConnectionRefusedError)" in said[0]
    assert "answers again" in said[1]


async def test_a_counter_that_is_slow_is_waited_for_once():
    flaky = Flaky()
    flaky.held = asyncio.Event()
    shared = SharedCounters(flaky, 0.05)
    for _ in range(20):
        with pytest.raises(AwayError):
            await shared.ask(one_more)
    assert flaky.asked == 1


async def test_a_probe_that_is_given_up_does_not_keep_others_from_probing():
    flaky, clock = Flaky(), Clock()
    shared = SharedCounters(flaky, 1.0, clock=clock)
    flaky.away = True
    with pytest.raises(AwayError):
        await shared.ask(one_more)
    flaky.away, flaky.held = False, asyncio.Event()
    clock.now += 2.0
    probe = asyncio.ensure_future(shared.ask(one_more))
    await flaky.came.wait()
    with pytest.raises(AwayError):
        await shared.ask(one_more)
    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)
    flaky.held.set()
    assert await shared.ask(one_more) == 1


async def test_a_probe_that_meets_a_bug_does_not_keep_others_from_probing():
    flaky, clock = Flaky(), Clock()
    shared = SharedCounters(flaky, 1.0, clock=clock)
    flaky.away = True
    with pytest.raises(AwayError):
        await shared.ask(one_more)
    flaky.away = False
    clock.now += 2.0
    with pytest.raises(TypeError):
        await shared.ask(lambda counters: counters.incr())
    assert await shared.ask(one_more) == 1


@pytest.fixture
def patience():
    """Seconds that a replica waits for Redis: so many that a busy machine is no outage."""
    return 10.0


@pytest.fixture
async def replicas(witness, redis_program, patience):
    """Counters of two replicas on one Redis."""
    witness("redis")
    url = f"redis://127.0.0.1:{redis_program.port}/0"
    made = [RedisCounters(Redis(url, timeout=patience, prefix="test:")) for _ in range(2)]
    yield made
    for one in made:
        await one.aclose()


def limited(replicas, **limits):
    return [CallerLimits(RateLimits(**limits), one.shared) for one in replicas]


async def admitted(limits, number, tokens=1):
    """How many of so many requests at once are let in."""
    grants = await asyncio.gather(
        *(limits[i % len(limits)].admit("a", tokens) for i in range(number)), return_exceptions=True
    )
    refused = [one for one in grants if isinstance(one, BaseException)]
    assert all(isinstance(one, RateLimitError) for one in refused)
    return number - len(refused)


async def test_replicas_share_a_limit_exactly(replicas):
    limits = limited(replicas, requests_per_minute=50)
    assert await admitted(limits, 120) == 50
    for one in limits:
        assert (await one.headers("a"))["x-ratelimit-remaining-requests"] == "0"
    await limits[1].admit("b", 1)


async def test_redis_is_killed_in_mid_use_and_comes_back(replicas, redis_program, caplog):
    caplog.set_level(logging.INFO)
    limits = limited(replicas, requests_per_minute=10)
    assert await admitted(limits, 30) == 10
    redis_program.kill()
    assert await admitted(limits, 30) == 20  # each replica by itself
    assert [one.shared.up for one in replicas] == [False, False]
    redis_program.start()
    async with asyncio.timeout(20):
        while not all(one.shared.up for one in replicas):
            for one in limits:
                await one.headers("a")
            await asyncio.sleep(0.05)
    assert await admitted(limits, 30) == 10  # shared again, in a Redis that had forgotten
    said = [record.getMessage() for record in caplog.records]
    assert sum("does not answer" in line for line in said) == 2
    assert sum("answers again" in line for line in said) == 2


@pytest.mark.parametrize("patience", [0.5])
async def test_a_redis_that_hangs_costs_one_timeout(replicas, redis_program):
    limits = limited(replicas[:1], requests_per_minute=1000)
    await limits[0].admit("a", 1)
    redis_program.signal(signal.SIGSTOP)
    async with asyncio.timeout(10):  # one timeout for each of them would be 25 s
        for _ in range(50):
            await limits[0].admit("a", 1)
    redis_program.signal(signal.SIGCONT)
    assert not replicas[0].shared.up


async def test_the_wait_that_redis_tells_is_exact(replicas):
    """Windows of a second, so that a test can wait for them; the time that passes is what is tested."""
    item = RateLimitItemPerSecond(5)
    key, ask = item.key_for("a"), replicas[0].shared.ask

    async def hit():
        return await ask(lambda by: by.acquire_sliding_window_entry(key, item.amount, 1, 1))

    async def state():
        return window(item.amount, 1, *await ask(lambda by: by.get_sliding_window(key, 1)))

    assert (await state()).wait(5) == 0
    waited = 0
    while waited < 8:
        while await hit():
            pass
        wait = (await state()).wait(1)
        told = time.perf_counter()
        assert 0 < wait < 1.3
        await asyncio.sleep(wait - 0.02)
        early = await hit()
        if time.perf_counter() - told < wait - 0.003:  # a machine that is busy may have been late
            assert not early
            waited += 1
            await asyncio.sleep(told + wait - time.perf_counter())
            assert await hit()


async def test_replicas_share_a_budget_and_go_on_from_it_without_redis(replicas, redis_program):
    budgets = [Budgets(one.shared) for one in replicas]

    async def use(one, tokens):
        async with one.hold("key:a", [BUDGET], Amounts(tokens)) as hold:
            hold.used = Amounts(tokens)

    await use(budgets[0], 40)
    await use(budgets[1], 40)
    with pytest.raises(InsufficientFundsError, match="has 20 tokens left"):
        await use(budgets[0], 30)
    redis_program.kill()
    with pytest.raises(InsufficientFundsError):
        await use(budgets[1], 30)  # it has seen 80, and goes on from there
    await use(budgets[1], 15)
    redis_program.start()
    async with asyncio.timeout(20):
        while not replicas[1].shared.up:
            await use(budgets[1], 0)
            await asyncio.sleep(0.05)
    # The Redis that came back has forgotten: it is told what was seen last, and what was used meanwhile.
    await use(budgets[0], 2)
    assert budgets[0].used("key:a", BUDGET) == 97
    with pytest.raises(InsufficientFundsError, match="has 3 tokens left"):
        await use(budgets[1], 4)


async def test_counters_in_redis_are_the_sum_of_what_was_used_whatever_happens(replicas):
    rng, used = random.Random(11), []
    budgets = [Budgets(one.shared) for one in replicas]

    async def one(number):
        estimate, actual = rng.randrange(50), rng.randrange(60)
        async with budgets[number % 2].hold("key:a", [Budget(10**9, "tokens", "month")], Amounts(estimate)) as hold:
            await asyncio.sleep(rng.random() / 50)
            if rng.random() < 0.2:
                raise RuntimeError
            hold.used = Amounts(actual)
            used.append(actual)

    tasks = [asyncio.ensure_future(one(number)) for number in range(300)]
    for task in rng.sample(tasks, 120):
        await asyncio.sleep(rng.random() / 2000)
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    for each in budgets:
        await each.aclose()
    assert {type(end) for end in ended} == {type(None), RuntimeError, asyncio.CancelledError}
    await one_of(budgets[0])
    assert budgets[0].used("key:a", BUDGET) == sum(used)


async def one_of(budgets):
    """A request that costs nothing, by which a replica learns what Redis holds."""
    async with budgets.hold("key:a", [Budget(10**9, "tokens", "month")], Amounts(0)):
        pass


async def test_a_redis_that_is_empty_is_told_what_the_ledger_knows(replicas):
    budgets = [Budgets(one.shared) for one in replicas]
    period = period_name("month", datetime.now(UTC))
    for each in budgets:  # every replica knows the same, and one tells it
        each.seed("key:a", "tokens", period, 70)
    await one_of(budgets[0])
    await one_of(budgets[1])
    assert [each.used("key:a", BUDGET) for each in budgets] == [70, 70]


@pytest.mark.parametrize("url", ["redis://host:port", "http://x"])
def test_a_url_that_is_none_is_refused_and_not_repeated(witness, url):
    witness("redis")
    with pytest.raises(ConfigurationError, match="redis://HOST") as caught:
        RedisCounters(Redis(url.replace("host", "u:sk-very-secret@host")))
    assert "secret" not in caught.value.message
