import gc
import os
import threading
import warnings
import weakref

import pytest

from onevec.interruptible import Worker


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
