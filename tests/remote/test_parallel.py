import asyncio
import threading

import pytest

from onevec.remote import parallel


def test_results_come_in_order_whatever_ends_first():
    second = threading.Event()

    def first_waits_for_the_second(_sleep):
        assert second.wait(20)
        return 1

    def second_goes(_sleep):
        second.set()
        return 2

    assert parallel.run([first_waits_for_the_second, second_goes, lambda _: 3], 2) == [1, 2, 3]


@pytest.mark.parametrize("concurrency", [1, 3, 100])
def test_no_more_at_a_time_than_allowed(concurrency):
    lock, running, most = threading.Lock(), set(), []

    def work(number):
        def one(_sleep):
            with lock:
                running.add(number)
                most.append(len(running))
            with lock:
                running.discard(number)
            return number

        return one

    assert parallel.run([work(number) for number in range(20)], concurrency) == list(range(20))
    assert max(most) <= concurrency


def test_the_first_failure_ends_the_rest():
    begun, woken = [], threading.Event()
    sleeping = threading.Event()

    def sleeps(sleep):
        sleeping.set()
        try:
            sleep(100)
        finally:
            woken.set()

    def fails(_sleep):
        assert sleeping.wait(20)
        raise KeyError("first")

    with pytest.raises(KeyError, match="first"):
        parallel.run([sleeps, fails, *[lambda _, i=i: begun.append(i) for i in range(50)]], 2)
    assert woken.wait(20)
    assert begun == []


async def test_one_alone_is_done_in_the_task_that_asks():
    async def work():
        return asyncio.current_task()

    assert await parallel.arun([work], 4) == [asyncio.current_task()]


async def test_async_results_come_in_order():
    second = asyncio.Event()

    async def first():
        await second.wait()
        return 1

    async def then():
        second.set()
        return 2

    assert await parallel.arun([first, then], 2) == [1, 2]


@pytest.mark.parametrize("concurrency", [1, 3])
async def test_no_more_tasks_at_a_time_than_allowed(concurrency):
    running, most = set(), []

    async def work():
        running.add(asyncio.current_task())
        most.append(len(running))
        await asyncio.sleep(0)
        running.discard(asyncio.current_task())

    await parallel.arun([work] * 10, concurrency)
    assert max(most) == concurrency


async def test_the_first_failure_cancels_the_other_tasks():
    cancelled = asyncio.Event()

    async def waits():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async def fails():
        raise KeyError("first")

    with pytest.raises(KeyError, match="first"):
        await parallel.arun([waits, fails], 2)
    assert cancelled.is_set()


async def test_cancelling_cancels_all():
    begun = asyncio.Event()

    async def waits():
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(parallel.arun([waits, waits], 2))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
