import gc
import os
import signal
import threading
import warnings
import weakref

import pytest

from onevec.interruptible import Worker, to_its_end


def no_interrupt():
    raise AssertionError("nothing interrupted")


def test_the_result_and_the_exception_of_the_work_come_back():
    worker = Worker()
    assert [worker.do(lambda n=n: n * n, no_interrupt) for n in range(3)] == [0, 1, 4]
    with pytest.raises(KeyError, match="missing"):
        worker.do(lambda: {}["missing"], no_interrupt)
    assert worker.do(threading.current_thread, no_interrupt).name == "onevec-worker"


def test_it_holds_no_result_and_ends_with_its_owner():
    class Result:
        pass

    worker = Worker()
    thread = worker.do(threading.current_thread, no_interrupt)
    result = worker.do(Result, no_interrupt)
    gone = weakref.ref(result)
    del result
    worker.do(lambda: None, no_interrupt)
    gc.collect()
    assert gone() is None
    del worker
    gc.collect()
    thread.join(10)
    assert not thread.is_alive()


def test_work_that_is_interrupted_comes_to_its_end_first():
    asked, steps = threading.Event(), []

    def work():
        signal.raise_signal(signal.SIGINT)  # of the process, so it reaches the main thread
        assert asked.wait(30)
        steps.append("done")

    with pytest.raises(KeyboardInterrupt):
        to_its_end(work, asked.set)
    assert steps == ["done"]


def test_what_fails_after_an_interrupt_is_told():
    asked = threading.Event()

    def work():
        signal.raise_signal(signal.SIGINT)
        assert asked.wait(30)
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        to_its_end(work, asked.set)
    assert to_its_end(lambda: 5, no_interrupt) == 5
    with pytest.raises(KeyError):
        to_its_end(lambda: {}["missing"], no_interrupt)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_process_knows_that_its_thread_stayed_behind():
    worker = Worker()
    assert worker.alive
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # from Python 3.12 on a fork beside threads warns
        child = os.fork()
    if child == 0:
        os._exit(1 if worker.alive else 0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
