"""The queue: who goes first, what is dropped, how much waits."""

import os
import signal
import threading
import time
import warnings

import numpy as np
import pytest

from onevec.engine.batch import CausalBatcher, Tokens
from onevec.engine.jobs import Job
from onevec.engine.lanes import WINDOW
from onevec.engine.queue import AHEAD, SHORT, Worker, WorkQueue
from onevec.errors import ModelError


def job(*lengths: int) -> Job:
    return Job([Tokens(range(length)) for length in lengths])


def queue(budget: int = 16, max_tokens: int = 1000) -> WorkQueue:
    return WorkQueue(CausalBatcher(budget), max_tokens)


def lengths(items) -> list[int]:
    return [len(item.tokens) for item in items]


def test_texts_of_like_length_share_a_batch_and_the_oldest_goes_first():
    q = queue()
    q.put(job(2, 8, 2))
    q.put(job(8, 2))

    assert [lengths(q.take(Worker())) for _ in range(2)] == [[2, 2, 2], [8, 8]]


def test_what_comes_while_others_wait_joins_them():
    q = queue(budget=4)
    q.put(job(4, 2))
    assert lengths(q.take(Worker())) == [4]
    q.put(job(2))

    assert lengths(q.take(Worker())) == [2, 2]


def test_texts_beyond_the_window_wait_for_the_next_plan_and_come_all():
    q = queue(budget=8, max_tokens=10**6)
    q.put(job(*[1] * (3 * WINDOW)))
    q.close()

    taken = []
    while items := q.take(Worker()):
        taken += [item.number for item in items]
    assert sorted(taken) == list(range(3 * WINDOW))


def test_cancelled_work_is_dropped_and_makes_room():
    q = queue()
    gone, kept = job(4, 4), job(4)
    q.put(gone)
    q.put(kept)
    gone.future.cancel()

    assert q.tokens == 4
    assert [item.job for item in q.take(Worker())] == [kept]
    assert q.tokens == 0


def test_work_cancelled_halfway_is_not_counted_twice():
    q = queue(budget=4)
    gone = job(4, 4, 4)
    q.put(gone)
    q.take(Worker())
    gone.future.cancel()
    assert q.tokens == 0
    q.put(job(4))

    assert [item.job is gone for item in q.take(Worker())] == [False]
    assert q.tokens == 0


def test_a_full_queue_says_so_at_once_when_asked_to():
    q = queue(max_tokens=10)
    assert q.put(job(8), wait=False)

    assert not q.put(job(3), wait=False)
    assert q.put(job(2), wait=False)


def test_a_job_larger_than_the_bound_enters_an_empty_queue():
    assert queue(max_tokens=10).put(job(50), wait=False)


@pytest.mark.parametrize("leave", ["take", "cancel"])
def test_whoever_waits_for_room_is_let_in_when_there_is_some(leave):
    q, first = queue(max_tokens=10), job(8)
    q.put(first)
    entered = threading.Event()
    thread = threading.Thread(target=lambda: (q.put(job(8)), entered.set()))
    thread.start()
    assert not entered.is_set()

    q.take(Worker()) if leave == "take" else first.future.cancel()

    assert entered.wait(10)
    thread.join()


def test_whoever_gives_up_while_waiting_for_room_leaves():
    q, waiting = queue(max_tokens=10), job(8)
    q.put(job(8))
    thread = threading.Thread(target=q.put, args=(waiting,))
    thread.start()

    waiting.future.cancel()

    thread.join(10)
    assert not thread.is_alive()
    assert q.tokens == 8


def test_closing_refuses_new_work_gives_out_the_old_and_ends():
    q = queue()
    q.put(job(4))
    q.close()

    with pytest.raises(ModelError, match="closed"):
        q.put(job(4))
    assert len(q.take(Worker())) == 1
    assert q.take(Worker()) is None


def test_closing_wakes_whoever_waits_for_room():
    q, errors = queue(max_tokens=10), []
    q.put(job(8))

    def put() -> None:
        try:
            q.put(job(8))
        except ModelError as exc:
            errors.append(exc)

    thread = threading.Thread(target=put)
    thread.start()
    q.close()
    thread.join(10)
    assert [error.code for error in errors] == ["closed"]


def test_dropping_cancels_what_waits():
    q, waiting = queue(), job(4)
    q.put(waiting)
    q.close(drop=True)

    assert waiting.future.cancelled()
    assert q.take(Worker()) is None


def test_a_job_is_fulfilled_by_its_last_text_in_the_order_of_its_texts():
    work = job(1, 1, 1)
    work.fill([2, 0], np.array([[2.0], [0.0]], np.float32))
    assert not work.future.done()
    work.fill([1], np.array([[1.0]], np.float32))

    assert work.future.result().tolist() == [[0], [1], [2]]


def test_a_result_for_a_cancelled_job_is_nobodys():
    work = job(1)
    work.future.cancel()
    work.fill([0], np.zeros((1, 1), np.float32))
    work.fail(ValueError())

    assert work.future.cancelled()


def test_short_work_goes_ahead_of_bulk_that_came_before():
    q, bulk, short = queue(budget=SHORT, max_tokens=10**6), job(*[SHORT] * 3), job(3)
    q.put(bulk)
    q.put(short)

    assert [item.job for item in q.take(Worker())] == [short]
    assert [item.job for item in q.take(Worker())] == [bulk]


def test_bulk_is_not_starved_by_short_work():
    q, bulk = queue(budget=SHORT, max_tokens=10**6), job(*[SHORT] * 8)
    q.put(bulk)
    for _ in range(40):
        q.put(job(SHORT))

    turns = [q.take(Worker())[0].job is bulk for _ in range(40)]

    assert sum(turns) == 8
    assert max(map(len, "".join("b" if turn else "s" for turn in turns).split("b"))) == AHEAD // SHORT


def test_the_express_worker_has_short_work_only_and_only_while_all_others_run_bulk():
    q, bulk, short = WorkQueue(CausalBatcher(SHORT), 10**6, workers=2), job(*[SHORT] * 9), job(3)
    first, second, express = Worker(), Worker(), Worker(express=True)
    taken: list[list] = []
    thread = threading.Thread(target=lambda: taken.append(q.take(express)))
    thread.start()
    q.put(bulk)
    assert [item.job for item in q.take(first)] == [bulk]
    q.put(short)
    assert [item.job for item in q.take(second)] == [short]
    assert [item.job for item in q.take(second)] == [bulk]
    assert not taken

    late = job(3)
    q.put(late)
    thread.join(10)
    assert [item.job for item in taken[0]] == [late]
    q.close(drop=True)
    assert q.take(express) is None


def test_a_worker_that_goes_on_is_no_longer_busy():
    q, express = WorkQueue(CausalBatcher(SHORT), 10**6), Worker(express=True)
    worker = Worker()
    q.put(job(SHORT, 1))
    q.take(worker)
    q.take(worker)
    q.put(job(3))
    assert len(q.take(worker)) == 1
    q.close()

    assert q.take(express) is None
    assert not worker.bulk


def test_short_work_has_room_of_its_own():
    q = queue(max_tokens=2000)
    q.put(job(*[SHORT] * 2))

    assert not q.put(job(*[SHORT] * 2), wait=False)
    assert q.put(job(8), wait=False)
    assert q.tokens == 2 * SHORT + 8


def test_one_text_while_nothing_runs_goes_to_the_express_worker_and_the_next_to_another():
    q, lone, next_one = WorkQueue(CausalBatcher(SHORT), 10**6, workers=2), job(3), job(4)
    usual, express = Worker(), Worker(express=True)
    taken: list[list] = []
    thread = threading.Thread(target=lambda: taken.append(q.take(express)))
    thread.start()
    while not q._express_waits:  # there is no event for a thread that begins to wait
        time.sleep(0.001)
    q.put(lone)
    thread.join(10)
    assert [item.job for item in taken[0]] == [lone]
    assert express.alone

    q.put(next_one)
    assert [item.job for item in q.take(usual)] == [next_one]
    assert not usual.alone


def test_two_texts_are_not_alone():
    q, worker = queue(), Worker()
    q.put(job(3, 4))
    q.take(worker)
    assert not worker.alone


class HeldBatcher:
    """Plans when it is let."""

    def __init__(self):
        self.begun, self.go = threading.Event(), threading.Event()

    def plan(self, lengths):
        self.begun.set()
        assert self.go.wait(30)
        return [[index] for index in range(len(lengths))]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_process_forked_in_the_midst_of_work_is_told_so_and_does_not_hang():
    batcher = HeldBatcher()
    q = WorkQueue(batcher, 1000)
    q.put(job(2))
    thread = threading.Thread(target=q.take, args=(Worker(),))
    thread.start()
    assert batcher.begun.wait(30)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # from Python 3.12 on a fork beside threads warns
        child = os.fork()
    if child == 0:
        signal.alarm(5)
        try:
            q.put(job(2))
        except ModelError as exc:
            os._exit(0 if exc.code == "forked" else 1)
        os._exit(2)
    batcher.go.set()
    thread.join(30)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
