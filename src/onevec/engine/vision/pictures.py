"""The image half of a local model: images are decoded and resized on threads of their own, while others run."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from onevec.engine.batch import Pixels
from onevec.engine.jobs import Job, closed
from onevec.engine.scheduler import Scheduler
from onevec.engine.vision.decoding import Decoder
from onevec.images import ImageInput
from onevec.types import BatchObserver

Prepare: TypeAlias = Callable[[Image.Image], NDArray[np.uint8]]
"""Resizes and crops an RGB picture to what the model reads, uint8 (height, width, 3)."""

TOGETHER = 16
"""Images that one thread decodes before the model gets them; a short list is spread over all threads instead."""

MAX_QUEUED_PATCHES = 1 << 16
"""About 200 MB of pixels that wait for the model; decoding goes no further ahead."""


class Pictures:
    """Embeds images; threads and event loops may share one.

    Args:
        decoder: From bytes to pictures.
        prepare: The model's own preprocessing.
        scheduler: Runs the model on batches of :class:`~onevec.engine.batch.Pixels`.
        patches: Into how many the model cuts an image.
        threads: How many decode.
    """

    def __init__(self, decoder: Decoder, prepare: Prepare, scheduler: Scheduler, patches: int, threads: int) -> None:
        self._decoder = decoder
        self._prepare = prepare
        self._scheduler = scheduler
        self._patches = patches
        self._threads = threads
        self._readers = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="onevec-decoder")

    def start(self, images: Sequence[tuple[int, ImageInput]]) -> list[Job]:
        """Jobs of consecutive images, under way; each image comes with its place in the request.

        A job fails with InvalidRequestError where an image cannot be decoded.

        Raises:
            ModelError: closed.
        """
        size = max(1, min(TOGETHER, -(-len(images) // self._threads)))
        parts = [images[at : at + size] for at in range(0, len(images), size)]
        jobs = [Job([()] * len(part)) for part in parts]
        try:
            for job, part in zip(jobs, parts, strict=True):
                self._readers.submit(self._read, job, part)
        except RuntimeError as exc:  # the threads were given back
            raise closed() from exc
        return jobs

    def on_batch(self, observer: BatchObserver) -> None:
        """Tell the observer of every batch from now on, with its images and its patches."""
        self._scheduler.on_batch(observer)

    def close(self) -> None:
        """Finish what waits, and give back threads and memory. Closing twice is harmless."""
        self._readers.shutdown()
        self._scheduler.close()

    def _read(self, job: Job, images: Sequence[tuple[int, ImageInput]]) -> None:
        try:
            job.texts = [self._pixels(job, index, image) for index, image in images]
            self._scheduler.submit(job)
        except Exception as exc:  # whatever it is, it belongs to the caller
            job.fail(exc)

    def _pixels(self, job: Job, index: int, image: ImageInput) -> Pixels:
        if job.gone:
            raise closed()  # nobody hears it
        return Pixels(self._prepare(self._decoder.decode(image, index)), self._patches)
