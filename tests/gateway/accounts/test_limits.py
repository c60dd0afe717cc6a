import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from onevec.errors import RateLimitError
from onevec.gateway.accounts.limits import CallerLimits, Window, duration
from onevec.gateway.settings.config import RateLimits
from onevec.types import Usage

START = 1_800_000_000.0  # the beginning of a minute


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as clock:
        yield clock


async def refusal(limits, caller="a", tokens=1):
    with pytest.raises(RateLimitError) as caught:
        await limits.admit(caller, tokens)
    assert caught.value.status == 429
    return caught.value


async def test_without_limits_nothing_is_counted():
    limits = CallerLimits(RateLimits())
    grant = await limits.admit("a", 10**9)
    await limits.settle(grant, Usage(5, 5))
    assert (grant.headers, await limits.headers("a")) == ({}, {})


async def test_requests_are_counted_for_each_caller(clock):
    limits = CallerLimits(RateLimits(requests_per_minute=3))
    for _ in range(3):
        await limits.admit("a", 1)
    error = await refusal(limits)
    assert error.code == "rate_limit_exceeded"
    assert "3 requests a minute" in error.message
    await limits.admit("b", 1)


async def test_whoever_waits_exactly_as_long_as_told_is_let_in(clock):
    limits = CallerLimits(RateLimits(requests_per_minute=3))
    clock.shift(12)
    for _ in range(3):
        await limits.admit("a", 1)
    for _ in range(10):
        error = await refusal(limits)
        clock.shift(error.retry_after - 0.01)
        await refusal(limits)
        clock.shift(0.01)
        await limits.admit("a", 1)


async def test_tokens_are_counted_for_each_caller(clock):
    limits = CallerLimits(RateLimits(tokens_per_minute=100))
    await limits.admit("a", 60)
    error = await refusal(limits, tokens=41)
    assert "100 tokens a minute" in error.message
    await limits.admit("a", 40)
    await limits.admit("b", 100)
    clock.shift((await refusal(limits, tokens=100)).retry_after)
    await limits.admit("a", 100)


async def test_a_request_beyond_the_whole_limit_is_told_so_and_not_to_wait(clock):
    limits = CallerLimits(RateLimits(tokens_per_minute=100))
    error = await refusal(limits, tokens=101)
    assert (error.retry_after, error.code) == (None, "request_too_large")
    await limits.admit("a", 100)


async def test_a_request_refused_for_its_tokens_counts_as_a_request(clock):
    limits = CallerLimits(RateLimits(requests_per_minute=2, tokens_per_minute=10))
    await refusal(limits, tokens=11)
    await limits.admit("a", 1)
    assert "2 requests" in (await refusal(limits)).message


async def test_what_a_request_used_beyond_the_estimate_is_charged(clock):
    limits = CallerLimits(RateLimits(tokens_per_minute=100))
    grant = await limits.admit("a", 10)
    for usage, remaining in ((Usage(None, None), "90"), (Usage(5, 5), "90"), (Usage(30, 30), "70")):
        await limits.settle(grant, usage)
        assert (await limits.headers("a"))["x-ratelimit-remaining-tokens"] == remaining
    await limits.settle(grant, Usage(10**6, 10**6))
    assert (await limits.headers("a"))["x-ratelimit-remaining-tokens"] == "0"


async def test_the_headers_are_openai_s(clock):
    limits = CallerLimits(RateLimits(requests_per_minute=10, tokens_per_minute=1000))
    clock.shift(30)
    grant = await limits.admit("a", 200)
    assert grant.headers == {
        "x-ratelimit-limit-requests": "10",
        "x-ratelimit-remaining-requests": "9",
        # Half a minute to the window's end, then until less than one of them counts.
        "x-ratelimit-reset-requests": "30s1ms",
        "x-ratelimit-limit-tokens": "1000",
        "x-ratelimit-remaining-tokens": "800",
        "x-ratelimit-reset-tokens": "1m29s701ms",
    }
    assert await limits.headers("a") == grant.headers
    assert (await limits.headers("b"))["x-ratelimit-reset-tokens"] == "0s"


async def test_no_minute_has_more_than_twice_the_limit_and_the_long_run_keeps_it(clock):
    limits = CallerLimits(RateLimits(requests_per_minute=10))
    admitted = []
    for second in range(600):
        try:
            await limits.admit("a", 1)
            admitted.append(second)
        except RateLimitError:
            pass
        clock.shift(1)
    assert 90 <= len(admitted) <= 110
    assert max(sum(start <= at < start + 60 for at in admitted) for start in range(600)) <= 20


COUNTS = st.integers(0, 50)


@given(st.integers(1, 50), COUNTS, COUNTS, st.floats(0.001, 60), st.integers(1, 60))
def test_the_wait_is_the_shortest_that_suffices(limit, previous, current, overlap, cost):
    """Held against the library's own rule, with the window moved on by the wait."""

    def fits(window):
        return int(window.used) + cost <= window.limit

    def after(window, seconds):
        left = window.overlap - seconds
        if left >= 0:
            return Window(limit, 60, previous, left, current)
        return Window(limit, 60, current, max(0.0, 60 + left), 0)

    window = Window(limit, 60, previous, overlap, current)
    wait = window.wait(cost)
    if wait is None:
        assert cost > limit
    elif wait == 0:
        assert fits(window)
    else:
        assert not fits(window)
        assert fits(after(window, wait))
        assert not fits(after(window, wait - 0.005))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (0.0001, "1ms"), (89.701, "1m29s701ms"), (59.9999, "1m"), (61, "1m1s"), (3600, "1h"), (0.25, "250ms")],
)
def test_times_are_written_as_openai_writes_them(seconds, text):
    assert duration(seconds) == text
