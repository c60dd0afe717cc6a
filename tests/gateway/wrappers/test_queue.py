import asyncio
import threading

import pytest

from onevec.errors import GatewayTimeoutError, RateLimitError
from onevec.gateway.wrappers.queue import LONGEST_PAUSE, Bounds, Queue, Queued, estimated_tokens
from onevec.testing import FakeEmbedder
from onevec.types import EmbedRequest


class Gated(FakeEmbedder):
    """Answers when its gate is open; `dropped` counts callers that went."""

    def __init__(self):
        super().__init__()
        self.gate = asyncio.Event()
        self.arrived = asyncio.Semaphore(0)
        self.dropped = 0

    async def aembed(self, request):
        self.arrived.release()
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.dropped += 1
            raise
        return self.embed(request)


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def request(*inputs):
    return EmbedRequest("m", inputs)


async def start(queued, gated, *requests):
    """Tasks that have all reached the embedder."""
    tasks = [asyncio.create_task(queued.aembed(one)) for one in requests]
    for _ in tasks:
        await gated.arrived.acquire()
    return tasks


async def test_so_many_requests_are_admitted_and_the_next_is_refused_at_once():
    gated = Gated()
    queued = Queued(gated, Queue(Bounds(requests=3)))
    tasks = await start(queued, gated, *[request("a")] * 3)
    assert (queued.queue.requests, queued.queue.tokens) == (3, 3)
    with pytest.raises(RateLimitError) as caught:
        await queued.aembed(request("a"))
    assert (caught.value.status, caught.value.code, caught.value.retry_after) == (503, "overloaded", 1.0)
    gated.gate.set()
    assert len(await asyncio.gather(*tasks)) == 3
    assert (queued.queue.requests, queued.queue.tokens) == (0, 0)
    await queued.aembed(request("a"))


async def test_so_many_tokens_are_admitted():
    gated = Gated()
    queued = Queued(gated, Queue(Bounds(tokens=10)))
    (task,) = await start(queued, gated, request((1,) * 6))
    with pytest.raises(RateLimitError):
        await queued.aembed(request((1,) * 5))
    more = await start(queued, gated, request((1,) * 4))
    gated.gate.set()
    await asyncio.gather(task, *more)


async def test_a_request_larger_than_the_queue_is_admitted_when_nothing_else_is_there():
    gated = Gated()
    gated.gate.set()
    queued = Queued(gated, Queue(Bounds(tokens=10)))
    assert (await queued.aembed(request((1,) * 100))).vectors.shape == (1, 16)


async def test_a_caller_who_goes_gives_his_place_back_and_drops_the_work():
    gated = Gated()
    queued = Queued(gated, Queue(Bounds(requests=1)))
    (task,) = await start(queued, gated, request("a"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (gated.dropped, queued.queue.requests, queued.queue.tokens) == (1, 0, 0)


async def test_past_the_deadline_the_work_is_dropped_and_the_caller_told():
    gated = Gated()
    queued = Queued(gated, Queue(Bounds(deadline=0.01)))
    with pytest.raises(GatewayTimeoutError) as caught:
        await queued.aembed(request("a"))
    assert (caught.value.status, caught.value.code) == (503, "timeout")
    assert caught.value.retry_after is not None
    assert (gated.dropped, queued.queue.requests) == (1, 0)


@pytest.mark.parametrize("failure", [ValueError("no"), TimeoutError("of somebody else's")])
async def test_a_failure_gives_the_place_back_and_stays_what_it_is(failure):
    class Failing(FakeEmbedder):
        async def aembed(self, request):
            raise failure

    queued = Queued(Failing(), Queue(Bounds()))
    with pytest.raises(type(failure)) as caught:
        await queued.aembed(request("a"))
    assert caught.value is failure
    assert queued.queue.requests == 0


async def test_whoever_is_refused_is_told_when_half_of_the_queue_will_be_done():
    clock = Clock()
    queue = Queue(Bounds(tokens=1000), clock)
    for _ in range(3):  # 100 tokens a second
        with queue.place(100):
            clock.now += 1
    with queue.place(1000), pytest.raises(RateLimitError) as caught, queue.place(1):
        pass
    assert caught.value.retry_after == pytest.approx(5.0)
    for _ in range(2):  # a token a minute
        with queue.place(1):
            clock.now += 60
    with queue.place(1000), pytest.raises(RateLimitError) as caught, queue.place(1):
        pass
    assert caught.value.retry_after == LONGEST_PAUSE


def test_blocking_callers_of_several_threads_share_the_bounds():
    inside, leave = threading.Barrier(4), threading.Event()

    class Slow(FakeEmbedder):
        def embed(self, request):
            inside.wait(10)
            leave.wait(10)
            return super().embed(request)

    queued = Queued(Slow(), Queue(Bounds(requests=3)))
    threads = [threading.Thread(target=queued.embed, args=(request("a"),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    inside.wait(10)
    with pytest.raises(RateLimitError):
        queued.embed(request("a"))
    leave.set()
    for thread in threads:
        thread.join(10)
    assert (queued.queue.requests, queued.queue.tokens) == (0, 0)


async def test_ten_times_more_than_there_is_room_for_is_answered_or_refused():
    gated = Gated()
    queued = Queued(gated, Queue(Bounds(requests=8)))
    tasks = [asyncio.create_task(queued.aembed(request("a"))) for _ in range(80)]
    for _ in range(8):
        await gated.arrived.acquire()
    gated.gate.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    refused = [result for result in results if isinstance(result, RateLimitError)]
    assert (len(results) - len(refused), len(refused)) == (8, 72)


def test_an_estimate_counts_characters_of_texts_and_ids():
    assert estimated_tokens(request("a", "abcd", "abcde", (1, 2, 3))) == 1 + 1 + 2 + 3
