import asyncio
from dataclasses import replace

import numpy as np
import pytest

from onevec.errors import ContextLengthExceededError, InvalidResponseError, ProviderError
from onevec.gateway.cache import Cached, VectorCache
from onevec.gateway.cache.disk import DiskStore
from onevec.gateway.cache.gathering import shares
from onevec.gateway.cache.memory import MemoryStore
from onevec.gateway.cache.tier import Lookups, Tier
from onevec.gateway.pool.pool import Pool
from onevec.gateway.pool.targets import Target
from onevec.images import ImageInput
from onevec.testing import FakeEmbedder
from onevec.types import EmbedRequest, Encoding, InputType, LateChunking, Usage


def request(*inputs, **more):
    return EmbedRequest("m", inputs, **more)


class Gated(FakeEmbedder):
    """Answers when its gate is open, and then with its `faults`, one a request, as long as there are some."""

    def __init__(self):
        super().__init__()
        self.gate = asyncio.Event()
        self.arrived = asyncio.Semaphore(0)
        self.faults = []

    async def aembed(self, request):
        self.arrived.release()
        await self.gate.wait()
        await asyncio.sleep(0)
        if self.faults:
            raise self.faults.pop(0)
        return self.embed(request)

    @property
    def inputs(self):
        return [one.inputs for one in self.requests]


class Changed(FakeEmbedder):
    """`change` is what becomes of a result."""

    def __init__(self, change=lambda result: result):
        super().__init__()
        self.change = change

    async def aembed(self, request):
        return self.change(self.embed(request))


def remembered(inner=None, *, cache=None, name="d"):
    inner = inner or FakeEmbedder()
    return inner, Cached(inner, cache or VectorCache(MemoryStore(1 << 20)), name)


def right(result, *inputs, **more):
    """Whether a result is what the model gives for these inputs, without a cache."""
    expected = FakeEmbedder().embed(request(*inputs, **more))
    return np.array_equal(result.vectors, expected.vectors) and result.space == expected.space


async def test_only_what_is_not_remembered_is_computed_each_once_and_in_order():
    inner, cached = remembered()
    first = await cached.aembed(request("a", "b b"))
    assert (first.hits, first.usage) == (0, Usage(3, 3))
    second = await cached.aembed(request("c", "b b", "d", "c", "a", "a"))
    assert right(second, "c", "b b", "d", "c", "a", "a")
    assert [one.inputs for one in inner.requests] == [("a", "b b"), ("c", "d")]
    assert (second.hits, second.usage.prompt_tokens) == (3, 2)
    third = await cached.aembed(request("d"))
    assert (third.hits, third.usage, third.cost) == (1, Usage(0, 0, cached_tokens=1), 0.0)
    assert cached._cache.items == {("d", "hit"): 4, ("d", "miss"): 5}
    assert len(cached._cache.flights) == 0


async def test_a_result_is_nobody_elses_to_change():
    _, cached = remembered()
    for _ in range(3):
        result = await cached.aembed(request("a"))
        assert right(result, "a")
        result.vectors[:] = 7


async def test_tokens_of_a_hit_are_exact_where_it_was_computed_alone_and_else_add_up():
    _, cached = remembered()
    await cached.aembed(request("one two three"))
    await cached.aembed(request("a b c", "d", "e f"))
    assert (await cached.aembed(request("one two three"))).usage.cached_tokens == 3
    assert (await cached.aembed(request("e f", "a b c", "d"))).usage.cached_tokens == 6
    assert (await cached.aembed(request("d", "d"))).usage.cached_tokens == 2 * shares(Usage(6, 6), ["a b c", "d"])[1]


def test_shares_of_what_nobody_knows_or_of_nothing():
    assert shares(Usage(None, 7), ["", ""]) == [3, 4]
    assert shares(Usage(5, None), [(1, 2), ImageInput(b"GIF89a")]) == [0, 5]
    assert shares(Usage(), ["a", "b"]) == [None, None]


async def test_an_image_without_tokens_has_none():
    inner, cached = remembered(Changed(lambda result: replace(result, usage=Usage(), pairs="mean")))
    pair, alone = ImageInput(b"GIF89a", "a"), ImageInput(b"GIF89a")
    first = await cached.aembed(request(pair, alone))
    again = await cached.aembed(request(alone, pair))
    assert (first.hits, first.usage, first.pairs) == (0, Usage(), "mean")
    assert (again.hits, again.usage, again.pairs) == (2, Usage(0, 0), "mean")
    assert (await cached.aembed(request(alone))).pairs is None
    assert len(inner.requests) == 1


@pytest.mark.parametrize(
    "more",
    [{"prompt": "q: "}, {"input_type": InputType.QUERY}, {"dimensions": 4}, {"encoding": Encoding.INT8}],
)
async def test_other_words_are_other_vectors(more):
    inner, cached = remembered()
    for asked in ({}, more, {}, more):
        assert right(await cached.aembed(request("a", **asked)), "a", **asked)
    assert len(inner.requests) == 2


async def test_the_cost_is_that_of_what_was_computed():
    inner = FakeEmbedder()
    _, cached = remembered(Pool([Target("t", inner, price=1e6)]))
    assert (await cached.aembed(request("a b"))).cost == 2.0
    assert (await cached.aembed(request("a b", "c"))).cost == 1.0
    assert (await cached.aembed(request("a b", "c"))).cost == 0.0


async def test_deployments_share_what_is_of_one_space():
    cache = VectorCache(MemoryStore(1 << 20))
    one, first = remembered(cache=cache, name="one")
    other, second = remembered(cache=cache, name="other")
    third, apart = remembered(FakeEmbedder(model="another"), cache=cache, name="third")
    for cached in (first, second, apart):
        await cached.aembed(request("a"))
    assert [len(inner.requests) for inner in (one, other, third)] == [1, 0, 1]
    extra = {"task": "x"}
    for cached in (first, second):
        await cached.aembed(request("a", extra=extra))
    assert len(other.requests) == 1, "the same words may mean something else to another provider"
    assert cache.items["other", "hit"] == 1


async def test_what_is_in_flight_for_one_is_awaited_by_others():
    inner, cached = remembered(Gated())
    tasks = [asyncio.create_task(cached.aembed(request("a", "b")))]
    await inner.arrived.acquire()
    tasks += [asyncio.create_task(cached.aembed(request(*inputs))) for inputs in (("a",), ("b", "a", "c"))]
    await inner.arrived.acquire()
    inner.gate.set()
    one, other, third = await asyncio.gather(*tasks)
    assert inner.inputs == [("a", "b"), ("c",)]
    assert right(one, "a", "b")
    assert right(other, "a")
    assert right(third, "b", "a", "c")
    assert [result.hits for result in (one, other, third)] == [0, 1, 2]
    assert [result.usage.prompt_tokens for result in (one, other, third)] == [2, 0, 1]
    assert cached._cache.items == {("d", "miss"): 3, ("d", "shared"): 3}


async def test_two_requests_that_wait_for_each_other_both_end():
    inner, cached = remembered(Gated())
    first = asyncio.create_task(cached.aembed(request("a")))
    await inner.arrived.acquire()
    second = asyncio.create_task(cached.aembed(request("b")))
    await inner.arrived.acquire()
    third = asyncio.create_task(cached.aembed(request("b", "c", "a")))
    await inner.arrived.acquire()
    fourth = asyncio.create_task(cached.aembed(request("c", "d", "a")))
    await inner.arrived.acquire()
    inner.gate.set()
    async with asyncio.timeout(5):
        await asyncio.gather(first, second, third, fourth)
    assert sorted(inner.inputs) == [("a",), ("b",), ("c",), ("d",)]


@pytest.mark.parametrize("how", ["fails", "is cancelled"])
async def test_a_leader_that_goes_fails_no_follower_and_one_of_them_computes_for_all(how):
    inner, cached = remembered(Gated())
    leader = asyncio.create_task(cached.aembed(request("a")))
    await inner.arrived.acquire()
    followers = [asyncio.create_task(cached.aembed(request("a"))) for _ in range(10)]
    await asyncio.sleep(0)
    if how == "fails":
        inner.faults.append(ProviderError("no"))
    else:
        leader.cancel()
    inner.gate.set()
    ends = await asyncio.gather(leader, *followers, return_exceptions=True)
    assert isinstance(ends[0], ProviderError if how == "fails" else asyncio.CancelledError)
    assert all(right(result, "a") for result in ends[1:])
    assert inner.inputs == [("a",)]


async def test_after_two_failures_of_others_everybody_computes_for_himself():
    inner, cached = remembered(Gated())
    inner.faults = [ProviderError("no"), ProviderError("no")]
    tasks = [asyncio.create_task(cached.aembed(request("a"))) for _ in range(10)]
    await inner.arrived.acquire()
    inner.gate.set()
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(isinstance(end, ProviderError) for end in ends) == 2
    assert all(right(end, "a") for end in ends if not isinstance(end, ProviderError))
    assert len(inner.requests) == 8
    assert len(cached._cache.flights) == 0


async def test_a_follower_who_goes_disturbs_nobody():
    inner, cached = remembered(Gated())
    leader = asyncio.create_task(cached.aembed(request("a")))
    await inner.arrived.acquire()
    gone, stays = (asyncio.create_task(cached.aembed(request("a"))) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    inner.gate.set()
    assert right(await leader, "a")
    assert right(await stays, "a")
    assert gone.cancelled()
    assert inner.inputs == [("a",)]


async def test_an_error_names_the_input_of_the_whole_request():
    class Short(FakeEmbedder):
        async def aembed(self, request):
            for index, one in enumerate(request.inputs):
                if len(one) > 5:
                    raise ContextLengthExceededError(f"inputs[{index}] is too long", loc=("inputs", index))
            return self.embed(request)

    _, cached = remembered(Short())
    await cached.aembed(request("a", "b"))
    with pytest.raises(ContextLengthExceededError) as caught:
        await cached.aembed(request("a", "c", "b", "too long"))
    assert (caught.value.loc, caught.value.param) == (("inputs", 3), "inputs")
    assert caught.value.message == str(caught.value) == "inputs[3] is too long"


async def test_where_the_space_is_not_known_nothing_is_remembered_yet():
    class Unknown(FakeEmbedder):
        space = None

    inner, cached = remembered(Unknown())
    for _ in range(2):
        result = await cached.aembed(request("a"))
        assert (right(result, "a"), result.hits) == (True, None)
    inner.__class__.space = FakeEmbedder().space
    assert [(await cached.aembed(request("a"))).hits for _ in range(2)] == [0, 1]


async def test_late_chunks_go_past_the_cache():
    inner, cached = remembered(Changed(lambda result: result))
    asked = request("a", chunking=LateChunking())
    inner.embed = lambda asked: FakeEmbedder.embed(inner, replace(asked, chunking=None))
    assert [(await cached.aembed(asked)).hits for _ in range(2)] == [None, None]


def test_blocking_calls_go_past_the_cache():
    inner, cached = remembered()
    assert [cached.embed(request("a")).hits for _ in range(2)] == [None, None]
    assert len(inner.requests) == 2


async def test_vectors_of_another_space_are_never_kept_or_mixed():
    """The provider has changed his model behind its name: hits of before must not stand beside vectors of now."""
    inner, cached = remembered(Changed())
    await cached.aembed(request("a", "b"))
    moved = replace(inner.space, revision="fake-2")
    inner.change = lambda result: replace(result, vectors=-result.vectors, space=moved)
    result = await cached.aembed(request("a", "c"))
    assert result.space == moved
    assert np.array_equal(-result.vectors, FakeEmbedder().embed(request("a", "c")).vectors)
    assert (result.hits, result.usage) == (None, Usage(3, 3))
    alone = await cached.aembed(request("d"))
    assert (alone.space, alone.hits, alone.usage) == (moved, None, Usage(1, 1))
    inner.change = lambda result: result
    assert (await cached.aembed(request("c", "d"))).hits == 0


async def test_shortened_vectors_of_which_it_is_told_otherwise_whether_they_are_normalized_are_not_mixed():
    inner, cached = remembered(Changed())
    await cached.aembed(request("a", dimensions=4))
    inner.change = lambda result: replace(result, space=replace(result.space, normalized=None))
    result = await cached.aembed(request("a", "b", dimensions=4))
    assert (result.space.normalized, result.hits) == (None, None)
    inner.change = lambda result: replace(result, vectors=result.vectors[:, :3])
    result = await cached.aembed(request("c", dimensions=4))
    assert (result.vectors.shape, result.hits) == ((1, 3), None)


@pytest.mark.parametrize(
    "change",
    [
        lambda vectors: vectors[:-1],
        lambda vectors: np.concatenate([vectors, vectors]),
        lambda vectors: vectors * np.float32("nan"),
        lambda vectors: vectors * np.float32("inf"),
    ],
)
async def test_an_answer_that_cannot_be_right_is_refused_and_not_kept(change):
    inner, cached = remembered(Changed(lambda result: replace(result, vectors=change(result.vectors))))
    with pytest.raises(InvalidResponseError):
        await cached.aembed(request("a", "b"))
    inner.change = lambda result: result
    assert (await cached.aembed(request("a", "b"))).hits == 0


async def test_vectors_outlive_the_process(tmp_path):
    async def answered(*inputs, **more):
        lookups = Lookups()
        tiers = [Tier("disk", DiskStore(tmp_path / "c", 1 << 20), 5.0, lookups)]
        inner, cached = remembered(cache=VectorCache(MemoryStore(1 << 20), tiers, lookups))
        result = await cached.aembed(request(*inputs, **more))
        await cached._cache.aclose()
        assert right(result, *inputs, **more)
        return result.hits, len(inner.requests)

    assert await answered("a", "b") == (0, 1)
    assert await answered("b", "c", "a") == (2, 1)
    assert await answered("c", "b") == (2, 0)
    assert await answered("a", dimensions=4) == (0, 1)
    assert await answered("a", dimensions=4) == (1, 0)


async def test_large_images_are_digested_in_a_thread_alike():
    _, cached = remembered()
    pictures = [ImageInput(b"GIF89a" + bytes([number]) * (1 << 20)) for number in range(2)]
    assert (await cached.aembed(request(*pictures))).hits == 0
    result = await cached.aembed(request(*reversed(pictures)))
    assert result.hits == 2
    assert right(result, *reversed(pictures))
