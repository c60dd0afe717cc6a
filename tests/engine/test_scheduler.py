"""The scheduler with sessions made of plain functions: a text's "vector" is its first token id and its length."""

import gc
import threading
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevec.engine.batch import CausalBatcher, Tokens
from onevec.engine.jobs import Job
from onevec.engine.scheduler import Scheduler, Sessions
from onevec.errors import ModelError

POISON = 666


def echo(arrays):
    if POISON in arrays["ids"][:, 0]:
        raise ModelError("a bad batch")
    return np.stack([arrays["ids"][:, 0], (arrays["ids"] > 0).sum(axis=1)], axis=1).astype(np.float32)


class Gate:
    """A session that waits, once it has begun, until it is let through; `seen` holds the first ids of each batch."""

    def __init__(self) -> None:
        self.begun, self.open = threading.Event(), threading.Event()
        self.seen: list[list[int]] = []

    def __call__(self, arrays):
        self.seen.append(sorted(arrays["ids"][:, 0].tolist()))
        self.begun.set()
        assert self.open.wait(30)
        return echo(arrays)


def job(*firsts: int, length: int = 3) -> Job:
    return Job([Tokens([first] + [1] * (length - 1)) for first in firsts])


def expected(work: Job) -> list[list[float]]:
    return [[text.ids[0], len(text)] for text in work.texts]


@settings(max_examples=30, deadline=None)
@given(
    sizes=st.lists(st.lists(st.integers(1, 30), min_size=1, max_size=20), min_size=1, max_size=8),
    streams=st.integers(1, 4),
    budget=st.integers(1, 100),
    bound=st.integers(1, 200),
)
def test_order_is_exact_under_any_concurrency_budget_and_bound(sizes, streams, budget, bound):
    scheduler = Scheduler([echo] * streams, CausalBatcher(budget), max_queued_tokens=bound)
    jobs = [Job([Tokens([1000 * j + i + 1] * n) for i, n in enumerate(size)]) for j, size in enumerate(sizes)]
    threads = [threading.Thread(target=scheduler.submit, args=(work,)) for work in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    scheduler.close()

    assert [work.future.result(0).tolist() for work in jobs] == [expected(work) for work in jobs]


def test_a_cancelled_job_is_not_run():
    gate = Gate()
    scheduler = Scheduler([gate], CausalBatcher(3))
    running, gone, kept = job(1), job(2), job(3)
    scheduler.submit(running)
    assert gate.begun.wait(10)
    scheduler.submit(gone)
    scheduler.submit(kept)

    gone.future.cancel()
    gate.open.set()
    scheduler.close()

    assert gate.seen == [[1], [3]]
    assert kept.future.result(0).tolist() == [[3, 3]]


def test_closing_finishes_what_waits():
    gate = Gate()
    scheduler = Scheduler([gate], CausalBatcher(3))
    jobs = [job(n) for n in range(1, 6)]
    for work in jobs:
        scheduler.submit(work)
    assert gate.begun.wait(10)
    closing = threading.Thread(target=scheduler.close)
    closing.start()
    gate.open.set()
    closing.join(10)

    assert [work.future.result(0).tolist() for work in jobs] == [[[n, 3]] for n in range(1, 6)]


def test_a_bad_text_fails_its_own_caller_only():
    gate = Gate()
    scheduler = Scheduler([gate], CausalBatcher(1024))
    first, good, bad, fine = job(1), job(2, 3), job(POISON, 4), job(5)
    scheduler.submit(first)
    assert gate.begun.wait(10)
    for work in (good, bad, fine):
        scheduler.submit(work)
    gate.open.set()
    scheduler.close()

    assert gate.seen[1] == sorted([2, 3, POISON, 4, 5])
    with pytest.raises(ModelError, match="bad batch"):
        bad.future.result(0)
    assert [work.future.result(0).tolist() for work in (good, fine)] == [[[2, 3], [3, 3]], [[5, 3]]]


def test_after_a_failure_the_threads_go_on():
    scheduler = Scheduler([echo], CausalBatcher())
    bad, good = job(POISON), job(7)
    scheduler.submit(bad)
    scheduler.submit(good)

    assert isinstance(bad.future.exception(10), ModelError)
    assert good.future.result(10).tolist() == [[7, 3]]
    scheduler.close()


def test_a_forgotten_scheduler_ends_its_threads():
    before = set(threading.enumerate())
    scheduler = Scheduler([echo, echo], CausalBatcher())
    work = job(1)
    scheduler.submit(work)
    work.future.result(10)
    threads = set(threading.enumerate()) - before
    assert len(threads) == 2
    gone = weakref.ref(scheduler)
    del scheduler
    gc.collect()

    assert gone() is None
    assert not any(thread.is_alive() for thread in threads)


def test_observers_are_told_of_every_batch():
    seen = []
    scheduler = Scheduler([echo], CausalBatcher(budget=6))
    scheduler.on_batch(lambda texts, tokens: seen.append((texts, tokens)))
    work = job(1, 2, 3, 4, 5)
    scheduler.submit(work)
    work.future.result(30)
    scheduler.close()

    assert sum(texts for texts, _ in seen) == 5
    assert sum(tokens for _, tokens in seen) == 15
    assert all(tokens <= 6 for _, tokens in seen)


def test_an_observer_takes_the_place_of_one_that_equals_it():
    class Observer:
        def __init__(self, name, seen):
            self.name, self.seen = name, seen

        def __eq__(self, other):
            return self.name == other.name

        __hash__ = None

        def __call__(self, texts, _tokens):
            self.seen.append((self.name, texts))

    scheduler, old, new = Scheduler([echo], CausalBatcher()), [], []
    for observer in (Observer("a", old), Observer("b", new), Observer("a", new)):
        scheduler.on_batch(observer)
    work = job(1)
    scheduler.submit(work)
    work.future.result(30)
    scheduler.close()
    assert (old, sorted(new)) == ([], [("a", 1), ("b", 1)])


def test_an_observer_that_fails_is_noted_and_harms_nobody(caplog):
    def observe(_texts, _tokens):
        raise OSError("no room for figures")

    scheduler, seen = Scheduler([echo], CausalBatcher()), []
    for observer in (observe, lambda *told: seen.append(told)):
        scheduler.on_batch(observer)
    for first in (1, 2):
        work = job(first)
        scheduler.submit(work)
        assert work.future.result(30).tolist() == expected(work)
    scheduler.close()
    assert seen == [(1, 3), (1, 3)]
    assert [str(record.exc_info[1]) for record in caplog.records] == ["no room for figures"] * 2


def test_a_query_does_not_wait_for_the_end_of_a_batch_of_bulk():
    gate = Gate()
    scheduler = Scheduler([gate], CausalBatcher(), express=Sessions(echo, echo))
    bulk, query = job(*range(1001, 2001)), job(7)
    scheduler.submit(bulk)
    assert gate.begun.wait(10)
    scheduler.submit(query)

    assert query.future.result(10).tolist() == [[7, 3]]
    assert not bulk.future.done()
    gate.open.set()
    scheduler.close()
    assert bulk.future.result(0).tolist() == expected(bulk)


def test_a_text_that_is_alone_runs_in_the_session_for_that():
    used = []

    def named(name):
        def session(arrays):
            used.append(name)
            return echo(arrays)

        return session

    scheduler = Scheduler([named("usual")], CausalBatcher(), express=Sessions(named("beside"), named("alone")))
    query = job(7)
    scheduler.submit(query)
    assert query.future.result(10).tolist() == [[7, 3]]
    scheduler.close()
    assert used in (["alone"], ["usual"])  # the latter where no thread waited yet
