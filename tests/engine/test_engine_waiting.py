"""The embedder over a session that a test holds back: waiting, cancelling, failing."""

import asyncio
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from onevec.engine.batch import CausalBatcher
from onevec.engine.engine import READ_TOGETHER, TextEmbedder
from onevec.engine.reading import Reader
from onevec.engine.scheduler import Scheduler
from onevec.engine.sources import BUNDLED
from onevec.engine.tokenizer import ModelTokenizer
from onevec.errors import ContextLengthExceededError, ModelError
from onevec.spaces import VectorSpace
from onevec.types import Capabilities, EmbedRequest


class Gate:
    """A session that waits, once it has begun, until it is let through; `seen` holds the lengths of each batch."""

    def __init__(self) -> None:
        self.begun, self.open = threading.Event(), threading.Event()
        self.seen: list[list[int]] = []

    def __call__(self, arrays):
        self.seen.append((arrays["ids"] > 0).sum(axis=1).tolist())
        self.begun.set()
        assert self.open.wait(30)
        return np.ones((len(arrays["ids"]), 4), np.float32)


@pytest.fixture
def gate():
    return Gate()


@pytest.fixture
def embedder(gate):
    made = over(gate)
    yield made
    gate.open.set()
    made.close()


def over(session, **bound) -> TextEmbedder:
    reader = Reader(ModelTokenizer.read(BUNDLED / "tokenizer.json"), 256)
    scheduler = Scheduler([session], CausalBatcher(), **bound)
    return TextEmbedder(reader, scheduler, VectorSpace("m", 4), Capabilities(dimensions=4), precision="f32")


def request(words: int) -> EmbedRequest:
    return EmbedRequest("m", ("word " * words,))


async def test_a_cancelled_task_takes_its_work_along(embedder, gate):
    running = asyncio.create_task(embedder.aembed(request(1)))
    assert await asyncio.to_thread(gate.begun.wait, 10)
    gone, kept = (asyncio.create_task(embedder.aembed(request(n))) for n in (2, 3))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    gate.open.set()

    assert len((await running).vectors) == len((await kept).vectors) == 1
    assert gate.seen == [[3], [5]]


async def test_tasks_wait_for_room_while_the_loop_turns(gate):
    embedder = over(gate, max_queued_tokens=4)
    tasks = [asyncio.create_task(embedder.aembed(request(2))) for _ in range(8)]
    assert await asyncio.to_thread(gate.begun.wait, 10)
    await asyncio.sleep(0)
    assert not any(task.done() for task in tasks)
    gate.open.set()

    assert [len(result.vectors) for result in await asyncio.gather(*tasks)] == [1] * 8
    embedder.close()


async def test_a_timeout_while_waiting_for_room_leaves_nothing_behind(gate):
    embedder = over(gate, max_queued_tokens=4)
    first, second = (asyncio.create_task(embedder.aembed(request(2))) for _ in range(2))
    assert await asyncio.to_thread(gate.begun.wait, 10)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(embedder.aembed(request(9)), 0.01)
    gate.open.set()

    await asyncio.gather(first, second)
    embedder.close()
    assert sorted(length for batch in gate.seen for length in batch) == [4, 4]


def test_vectors_that_are_not_finite_are_never_returned():
    embedder = over(lambda arrays: np.full((len(arrays["ids"]), 4), np.nan, np.float32))

    with pytest.raises(ModelError, match="not finite"):
        embedder.embed(request(1))
    embedder.close()


def test_what_a_session_raises_reaches_the_caller():
    def broken(arrays):
        raise ModelError("out of order")

    embedder = over(broken)
    with pytest.raises(ModelError, match="out of order"):
        embedder.embed(request(1))
    embedder.close()


def many(count: int) -> EmbedRequest:
    return EmbedRequest("m", ("word",) * count)


def test_the_model_runs_the_first_texts_while_the_next_wait_to_be_read(gate):
    """Three tokens a text: there is room for the first part only, so the second waits, and the third is not read."""
    embedder = over(gate, max_queued_tokens=3 * READ_TOGETHER)
    results = []
    thread = threading.Thread(target=lambda: results.append(embedder.embed(many(3 * READ_TOGETHER))))
    thread.start()
    assert gate.begun.wait(10)
    assert not results
    gate.open.set()
    thread.join(30)

    assert results[0].vectors.shape == (3 * READ_TOGETHER, 4)
    assert results[0].usage.prompt_tokens == 9 * READ_TOGETHER
    assert len(gate.seen) >= 3
    embedder.close()


async def test_a_request_that_is_cancelled_while_it_is_read_is_read_no_further(gate):
    embedder = over(gate, max_queued_tokens=3 * READ_TOGETHER)
    task = asyncio.create_task(embedder.aembed(many(40 * READ_TOGETHER)))
    assert await asyncio.to_thread(gate.begun.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.open.set()
    embedder.close()

    assert sum(map(len, gate.seen)) <= 2 * READ_TOGETHER


def test_a_fault_late_in_a_request_drops_what_came_before(gate):
    embedder = over(gate)
    gate.open.set()

    with pytest.raises(ContextLengthExceededError, match=rf"inputs\[{2 * READ_TOGETHER}\]"):
        embedder.embed(EmbedRequest("m", ("word",) * 2 * READ_TOGETHER + ("word " * 300,)))
    embedder.close()


INTERRUPTED = """
import os, random, signal, threading
import numpy as np
from onevec.engine.batch import CausalBatcher
from onevec.engine.engine import TextEmbedder
from onevec.engine.reading import Reader
from onevec.engine.scheduler import Scheduler
from onevec.engine.sources import BUNDLED
from onevec.engine.tokenizer import ModelTokenizer
from onevec.spaces import VectorSpace
from onevec.types import Capabilities, EmbedRequest

def interrupt(*_):
    raise KeyboardInterrupt

signal.signal(signal.SIGALRM, interrupt)
reader = Reader(ModelTokenizer.read(BUNDLED / "tokenizer.json"), 256)
scheduler = Scheduler([lambda arrays: np.ones((len(arrays["ids"]), 4), np.float32)], CausalBatcher())
embedder = TextEmbedder(reader, scheduler, VectorSpace("m", 4), Capabilities(dimensions=4), precision="f32")
request = EmbedRequest("m", ("word",))
answered = threading.Semaphore(0)

def ask():
    embedder.embed(request)
    answered.release()

for _ in range(1500):
    try:
        signal.setitimer(signal.ITIMER_REAL, random.uniform(0.0001, 0.001))
        for _ in range(100_000):
            embedder.embed(request)
    except (KeyboardInterrupt, RuntimeError):  # Python's own start of a thread makes the one of the other
        pass
    threading.Thread(target=ask, daemon=True).start()
    if not answered.acquire(timeout=20):
        print("hangs", flush=True)
        os._exit(1)
print("works")
"""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no such timer on this system")
def test_however_often_it_is_interrupted_it_goes_on_working_and_the_program_ends():
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "works\n", "")


LEFT = """
import signal, threading
from onevec import embedding
embedding("local:all-minilm-l6-v2", "warm")
threading.Timer(0.3, signal.raise_signal, (signal.SIGINT,)).start()
embedding("local:all-minilm-l6-v2", ["some words of a long text " * 20_000] * 100, overflow="chunk")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such exit codes")
def test_a_program_that_is_interrupted_while_texts_are_read_ends_soon_and_in_order():
    done = subprocess.run([sys.executable, "-c", LEFT], capture_output=True, text=True, timeout=40, check=False)
    assert done.returncode == -signal.SIGINT, done.stderr
