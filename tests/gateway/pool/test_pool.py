import asyncio
import contextlib
import random
from dataclasses import replace

import numpy as np
import pytest

from onevec.errors import (
    AuthenticationError,
    ConfigurationError,
    ContextLengthExceededError,
    GatewayTimeoutError,
    RateLimitError,
    UpstreamProviderError,
)
from onevec.gateway.pool.breaker import FAILURES
from onevec.gateway.pool.pool import Pool
from onevec.gateway.pool.targets import Target, common
from onevec.spaces import VectorSpace
from onevec.testing import FakeEmbedder
from onevec.types import Capabilities, EmbedRequest, Modality

REQUEST = EmbedRequest("m", ("a text of some length", "another one"))


class Upstream(FakeEmbedder):
    """Answers, fails or hangs as it is told; counts how often it was asked."""

    def __init__(self, fault=None, space=None, **kwargs):
        super().__init__(**kwargs)
        self.fault, self.asked, self.cancelled = fault, 0, 0
        self.gate = None
        if space is not None:
            self._space = space

    def embed(self, request):
        self.asked += 1
        if self.fault is not None:
            raise self.fault
        return super().embed(request)

    async def aembed(self, request):
        if self.gate is not None:
            try:
                await self.gate.wait()
            except asyncio.CancelledError:
                self.asked += 1
                self.cancelled += 1
                raise
        return self.embed(request)


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def pool(*upstreams, weights=None, priorities=None, prices=None, **settings):
    count = len(upstreams)
    targets = [
        Target(f"t{index}", one, weight, priority, price)
        for index, (one, weight, priority, price) in enumerate(
            zip(upstreams, weights or [1] * count, priorities or [0] * count, prices or [None] * count, strict=True)
        )
    ]
    settings.setdefault("clock", Clock())
    return Pool(targets, rng=random.Random(7), **settings)


def failing():
    return Upstream(UpstreamProviderError("it failed"))


async def test_whoever_answers_the_vectors_are_those_of_the_texts():
    made = pool(Upstream(), Upstream())
    result = await made.aembed(REQUEST)
    assert np.array_equal(result.vectors, FakeEmbedder().embed(REQUEST).vectors)
    assert made.space == result.space == FakeEmbedder().space


async def test_work_is_shared_by_weight():
    light, heavy = Upstream(), Upstream()
    made = pool(light, heavy, weights=[1, 3])
    for _ in range(800):
        await made.aembed(REQUEST)
    assert light.asked + heavy.asked == 800
    assert 0.18 < light.asked / 800 < 0.32


async def test_whoever_has_more_to_do_for_his_weight_is_passed_over():
    slow, quick = Upstream(), Upstream()
    slow.gate = asyncio.Event()
    made = pool(slow, quick, weights=[1, 1])
    made.targets[0].outstanding += 1
    for _ in range(5):
        await made.aembed(REQUEST)
    assert (slow.asked, quick.asked) == (0, 5)
    assert [target.outstanding for target in made.targets] == [1, 0]


async def test_a_larger_priority_number_is_for_when_no_smaller_one_answers():
    first, spare = Upstream(), Upstream()
    made = pool(first, spare, priorities=[0, 1])
    await made.aembed(REQUEST)
    assert (first.asked, spare.asked) == (1, 0)
    first.fault = UpstreamProviderError("gone")
    await made.aembed(REQUEST)
    assert (first.asked, spare.asked) == (2, 1)


@pytest.mark.parametrize(
    "fault",
    [
        UpstreamProviderError("500"),
        GatewayTimeoutError("slow"),
        RateLimitError("busy", retry_after=3.0),
        AuthenticationError("the operator's key was refused"),
    ],
)
async def test_a_target_that_fails_is_passed_over_for_the_next(fault):
    bad, good = Upstream(fault), Upstream()
    made = pool(bad, good, priorities=[0, 1])
    result = await made.aembed(REQUEST)
    assert np.array_equal(result.vectors, FakeEmbedder().embed(REQUEST).vectors)
    assert made.embed(REQUEST).vectors.shape == result.vectors.shape


async def test_a_request_that_is_wrong_is_refused_by_the_first_who_says_so():
    picky, other = Upstream(ContextLengthExceededError("too long")), Upstream()
    made = pool(picky, other, priorities=[0, 1])
    for _ in range(2 * FAILURES):
        with pytest.raises(ContextLengthExceededError):
            await made.aembed(REQUEST)
    assert other.asked == 0
    assert not made.targets[0].breaker.open


async def test_one_that_fails_again_and_again_is_left_alone_until_a_probe_succeeds():
    clock, bad, good = Clock(), failing(), Upstream()
    made = pool(bad, good, priorities=[0, 1], clock=clock)
    for _ in range(10):
        await made.aembed(REQUEST)
    assert bad.asked == FAILURES
    clock.now += 1.0
    bad.fault = None
    await made.aembed(REQUEST)
    await made.aembed(REQUEST)
    assert (bad.asked, good.asked) == (FAILURES + 2, 10)


async def test_a_pause_that_is_asked_for_is_kept():
    clock, busy, good = Clock(), Upstream(RateLimitError("busy", retry_after=5.0)), Upstream()
    made = pool(busy, good, priorities=[0, 1], clock=clock)
    for _ in range(3):
        await made.aembed(REQUEST)
    assert busy.asked == 1
    clock.now += 5.0
    await made.aembed(REQUEST)
    assert busy.asked == 2


async def test_when_all_are_down_it_is_503_and_when_to_come_again():
    made = pool(failing(), Upstream(RateLimitError("busy", retry_after=9.0)))
    for _ in range(FAILURES + 1):
        with pytest.raises(RateLimitError) as caught:
            await made.aembed(REQUEST)
    error = caught.value
    assert (error.status, error.code, error.retry_after) == (503, "no_target_available", 1.0)
    assert [one.embedder.asked for one in made.targets] == [FAILURES, 1]


async def test_when_all_are_down_each_second_one_request_tries_whether_they_still_are():
    clock, upstreams = Clock(), [failing(), failing()]
    made = pool(*upstreams, clock=clock)
    for _ in range(20):
        with pytest.raises(RateLimitError):
            await made.aembed(REQUEST)
        clock.now += 1.0
    assert sum(one.asked for one in upstreams) >= 20
    upstreams[0].fault = None
    for _ in range(2):
        clock.now += 1.0
        with contextlib.suppress(RateLimitError):
            await made.aembed(REQUEST)
    assert not made.targets[0].breaker.open


async def test_a_single_target_s_own_error_is_told_until_it_is_left_alone():
    made = pool(failing())
    for _ in range(FAILURES):
        with pytest.raises(UpstreamProviderError):
            await made.aembed(REQUEST)
    with pytest.raises(RateLimitError) as caught:
        await made.aembed(REQUEST)
    assert caught.value.status == 503
    assert made.targets[0].embedder.asked == FAILURES


async def test_a_target_that_hangs_is_given_up_for_the_next():
    hanging, good = Upstream(), Upstream()
    hanging.gate = asyncio.Event()
    made = pool(hanging, good, priorities=[0, 1], attempt_timeout=0.01)
    for _ in range(FAILURES):
        assert (await made.aembed(REQUEST)).vectors.shape[0] == 2
    assert (hanging.cancelled, made.targets[0].breaker.open) == (FAILURES, True)


async def test_a_caller_who_goes_says_nothing_about_the_target():
    hanging = Upstream()
    hanging.gate = asyncio.Event()
    made, seen = pool(hanging, hanging), []
    made.on_outcome(lambda target, outcome: seen.append(outcome))
    task = asyncio.create_task(made.aembed(REQUEST))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["dropped"]
    assert [target.outstanding for target in made.targets] == [0, 0]


async def test_a_slow_target_is_hedged_and_the_loser_dropped():
    slow, quick = Upstream(), Upstream()
    slow.gate = asyncio.Event()
    made = pool(slow, quick, priorities=[0, 1], hedge=0.01)
    result = await made.aembed(REQUEST)
    assert np.array_equal(result.vectors, FakeEmbedder().embed(REQUEST).vectors)
    assert (slow.cancelled, quick.asked) == (1, 1)
    assert [target.outstanding for target in made.targets] == [0, 0]


async def test_a_hedged_request_that_is_given_up_twice_leaves_nothing_counted():
    class Reluctant(FakeEmbedder):
        async def aembed(self, request):
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0.01)

    made = pool(Reluctant(), Reluctant(), hedge=0.0)
    task = asyncio.create_task(made.aembed(REQUEST))
    await asyncio.sleep(0.01)
    assert all(target.outstanding for target in made.targets)
    for _ in range(2):  # its deadline passes, and its client hangs up
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [target.outstanding for target in made.targets] == [0, 0]


async def test_a_quick_answer_is_not_hedged():
    first, second = Upstream(), Upstream()
    made = pool(first, second, priorities=[0, 1], hedge=10.0)
    await made.aembed(REQUEST)
    assert (first.asked, second.asked) == (1, 0)


async def test_a_hedged_request_goes_to_two_at_a_time_and_fails_when_all_do():
    upstreams = [failing() for _ in range(3)]
    made = pool(*upstreams, hedge=0.0)
    with pytest.raises(RateLimitError):
        await made.aembed(REQUEST)
    assert [one.asked for one in upstreams] == [1, 1, 1]


async def test_a_hedged_request_that_is_wrong_is_refused_at_once():
    made = pool(Upstream(ContextLengthExceededError("long")), Upstream(), priorities=[0, 1], hedge=5.0)
    with pytest.raises(ContextLengthExceededError):
        await made.aembed(REQUEST)


async def test_an_answer_in_another_space_is_nobody_s_answer():
    space = FakeEmbedder().space
    strange, good = Upstream(), Upstream()
    made = pool(strange, good, priorities=[0, 1])
    strange._space = replace(space, revision="changed")  # the model behind the address was replaced
    for _ in range(FAILURES + 2):
        assert (await made.aembed(REQUEST)).space == space
    assert made.targets[0].breaker.open


async def test_a_single_target_whose_model_is_replaced_answers_no_more():
    changing = Upstream()
    made = pool(changing)
    before = (await made.aembed(REQUEST)).space
    changing._space = replace(before, revision="changed")
    with pytest.raises(Exception, match="another space"):
        await made.aembed(REQUEST)


def test_targets_of_two_spaces_are_refused_and_both_are_named():
    other = VectorSpace("other-model", 8)
    with pytest.raises(ConfigurationError) as caught:
        pool(Upstream(), Upstream(space=other))
    assert str(FakeEmbedder().space) in caught.value.message
    assert str(other) in caught.value.message
    assert caught.value.loc == ("targets", 1)


def test_a_space_that_is_vouched_for_is_held_against_those_that_are_known():
    with pytest.raises(ConfigurationError, match="what `space` says"):
        pool(Upstream(), space=VectorSpace("other-model", 8))


def test_cost_is_that_of_whoever_answered():
    made = pool(failing(), Upstream(), priorities=[0, 1], prices=[100.0, 2.0])
    result = made.embed(REQUEST)
    assert result.cost == pytest.approx(2.0 * result.usage.total_tokens / 1e6)
    assert pool(Upstream()).embed(REQUEST).cost is None


def test_capabilities_are_what_all_can_do():
    one = Capabilities(8, (2, 4), max_input_tokens=512, modalities=frozenset(Modality), price=1.0, int8_scale=0.5)
    other = Capabilities(None, (4, 6), max_input_tokens=128, truncates=False, price=2.0, int8_scale=0.5)
    both = common(one, other)
    assert (both.dimensions, both.truncations, both.max_input_tokens) == (8, (4,), 128)
    assert (both.truncates, both.price, both.int8_scale) == (False, None, 0.5)
    assert both.modalities == {Modality.TEXT}
