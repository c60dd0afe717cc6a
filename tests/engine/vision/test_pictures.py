"""The image half of a model: decoded on threads of its own, dropped when nobody waits, failed when it cannot be."""

from concurrent.futures import CancelledError
from threading import Event

import numpy as np
import pytest

from onevec.engine.batch import ImageBatcher
from onevec.engine.scheduler import Scheduler
from onevec.engine.vision.decoding import Decoder
from onevec.engine.vision.pictures import TOGETHER, Pictures
from onevec.errors import InvalidRequestError, ModelError
from onevec.images import ImageInput

from .hostile import encoded


class Brightness:
    """A session whose vectors are the means of the colours; it remembers how many images each batch had."""

    def __init__(self):
        self.batches = []

    def __call__(self, arrays):
        self.batches.append(len(arrays["pixels"]))
        return arrays["pixels"].mean(axis=(1, 2)).astype(np.float32)


@pytest.fixture
def made():
    opened = []

    def make(prepare=np.asarray, threads=2, session=None, **settings):
        session = session or Brightness()
        scheduler = Scheduler([session], ImageBatcher(4), **settings)
        opened.append(Pictures(Decoder(36_000_000), prepare, scheduler, 9, threads))
        return opened[-1], session

    yield make
    for pictures in opened:
        pictures.close()


def images(count):
    return [(i, ImageInput(np.full((2, 2, 3), i % 256, np.uint8))) for i in range(count)]


def rows(jobs):
    return np.concatenate([job.future.result() for job in jobs])


@pytest.mark.parametrize("count", [0, 1, 2, 5, TOGETHER * 2 + 1, 100])
def test_vectors_in_order(count, made):
    pictures, session = made()
    jobs = pictures.start(images(count))
    assert [row[0] for job in jobs for row in job.future.result()] == list(range(count))
    assert sum(session.batches) == count
    assert max(session.batches, default=0) <= 4


def test_a_short_list_is_spread_over_the_threads(made):
    pictures, _ = made(threads=3)
    assert [len(job.texts) for job in pictures.start(images(7))] == [3, 3, 1]
    assert [len(job.texts) for job in pictures.start(images(100))] == [16] * 6 + [4]


def test_a_queue_that_is_full_holds_decoding_back_and_loses_nothing(made):
    pictures, _ = made(max_queued_tokens=1)
    assert rows(pictures.start(images(60)))[:, 0].tolist() == list(range(60))


def test_the_first_image_that_cannot_be_decoded_fails_its_job_alone(made):
    pictures, _ = made(threads=4)
    bad = (1, ImageInput(encoded("PNG")[:99]))
    jobs = pictures.start([images(1)[0], bad, *images(4)[2:]])
    with pytest.raises(InvalidRequestError, match=r"inputs\[1\]"):
        jobs[1].future.result()
    assert [job.future.result()[0, 0] for job in (jobs[0], *jobs[2:])] == [0, 2, 3]


def test_what_nobody_waits_for_is_not_decoded(made):
    started, go, decoded = Event(), Event(), []

    def prepare(picture):
        started.set()
        go.wait()
        decoded.append(picture)
        return np.asarray(picture)

    pictures, session = made(prepare, threads=1)
    (job, *others) = pictures.start(images(TOGETHER * 3))
    assert started.wait(30)
    for one in (job, *others):
        one.future.cancel()
    go.set()
    pictures.close()
    assert (len(decoded), session.batches) == (1, [])
    with pytest.raises(CancelledError):
        job.future.result()


def test_a_fault_of_the_preprocessing_reaches_the_caller(made):
    def prepare(_picture):
        raise MemoryError

    pictures, _ = made(prepare)
    with pytest.raises(MemoryError):
        rows(pictures.start(images(3)))


def test_closing_finishes_what_waits_and_refuses_what_comes(made):
    pictures, _ = made()
    jobs = pictures.start(images(50))
    pictures.close()
    pictures.close()
    assert len(rows(jobs)) == 50
    with pytest.raises(ModelError, match="closed"):
        pictures.start(images(1))
