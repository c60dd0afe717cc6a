import gc
import os
import signal
import subprocess
import sys
import threading
import warnings
import weakref

import pytest

from onevec.interruptible import Aside, Worker, to_its_end


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


AT_ONCE = """
import random, signal, threading, time
from onevec.interruptible import Worker

def interrupt(*_):
    raise KeyboardInterrupt

signal.signal(signal.SIGALRM, interrupt)
for _ in range(50):
    worker, asked = Worker(), threading.Event()
    began = time.monotonic()
    try:
        signal.setitimer(signal.ITIMER_REAL, random.uniform(0.000001, 0.00006))
        worker.do(lambda: asked.wait(20), asked.set)
    except KeyboardInterrupt:
        worker.do(lambda: None, lambda: None)
    if time.monotonic() - began > 10:
        print("the work was not told")
        break
else:
    print("works")
"""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no such timer on this system")
def test_an_interrupt_at_the_very_beginning_ends_the_work_too():
    done = subprocess.run([sys.executable, "-c", AT_ONCE], capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "works\n", "")


def test_only_the_main_thread_has_its_work_done_by_another():
    aside, seen = Aside(), []
    other = threading.Thread(target=lambda: seen.append(aside.do(threading.get_ident, no_interrupt)))
    other.start()
    other.join()
    assert seen == [other.ident]
    assert aside.do(threading.get_ident, no_interrupt) != threading.get_ident()


def test_work_that_was_interrupted_holds_up_no_other_and_its_thread_ends():
    aside, told, over, threads = Aside(), threading.Event(), threading.Event(), []

    def work():
        threads.append(threading.current_thread())
        signal.raise_signal(signal.SIGINT)
        assert over.wait(30)

    with pytest.raises(KeyboardInterrupt):
        aside.do(work, told.set)
    assert told.is_set()
    assert aside.do(lambda: 5, no_interrupt) == 5
    over.set()
    threads[0].join(20)
    assert not threads[0].is_alive()


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
