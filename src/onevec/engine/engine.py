"""The local embedder of texts: tokenizer, scheduler and compiled graph behind the one protocol."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import ParamSpec, Protocol, TypeVar

import numpy as np

from onevec import vectors as vec
from onevec.batching import flatten
from onevec.chunking import merge_chunks
from onevec.engine.checks import check_options
from onevec.engine.jobs import Errand, Job, closed
from onevec.engine.reading import Reader
from onevec.engine.scheduler import Scheduler
from onevec.engine.tokenizer import ModelTokenizer
from onevec.errors import ModelError
from onevec.interruptible import Aside
from onevec.requests import check_chunking, check_modalities, texts_of
from onevec.spaces import VectorSpace
from onevec.types import (
    BatchObserver,
    Capabilities,
    Chunk,
    Embedder,
    EmbedRequest,
    EmbedResult,
    SupportsClose,
    TextInput,
    Usage,
)
from onevec.vectors import Vectors

P = ParamSpec("P")
T = TypeVar("T")

INLINE_CHARACTERS = 4096
"""Inputs up to so much are tokenised on the event loop: a millisecond, no more than reaching a thread would cost."""


READ_TOGETHER = 128
"""Texts that are tokenised before the model gets them; it embeds them while the next are tokenised."""


@dataclass(frozen=True, slots=True)
class _Part:
    """Some texts of a request as the scheduler takes them, and where the pieces of each start.

    With late chunking every text is one piece, and `chunks` says what its vectors stand for.
    """

    job: Job
    starts: Sequence[int]
    chunks: tuple[Chunk, ...] | None = None


class LocalEmbedder(Embedder, SupportsClose, Protocol):
    """A loaded model, whatever it embeds. Threads and event loops may share it; whoever loaded it closes it."""

    @property
    def precision(self) -> str:
        """What it computes in: ``f32`` or ``bf16``."""


class TextEmbedder:
    """A loaded model of texts, or the half of a model that reads them: it leaves out the images of a request.

    :func:`onevec.engine.load` makes one.
    """

    def __init__(
        self, reader: Reader, scheduler: Scheduler, space: VectorSpace, capabilities: Capabilities, *, precision: str
    ) -> None:
        self._reader = reader
        self._scheduler = scheduler
        self._space = space
        self._capabilities = capabilities
        self._precision = precision
        self._readers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="onevec-reader")
        self._aside = Aside()

    @property
    def space(self) -> VectorSpace:
        """The space of its full vectors."""
        return self._space

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        return self._capabilities

    @property
    def precision(self) -> str:
        """What it computes in."""
        return self._precision

    @property
    def tokenizer(self) -> ModelTokenizer:
        """The model's own."""
        return self._reader.tokenizer

    def embed(self, request: EmbedRequest) -> EmbedResult:
        """Embed, blocking the calling thread.

        Raises:
            UnsupportedModalityError: an image, for a model of texts alone.
            UnsupportedParameterError: `dimensions`, `input_type` or a further parameter that this model has not.
            ContextLengthExceededError: a text longer than the model reads, with `overflow` ``error``.
            InvalidRequestError: token ids that the model does not know.
            ModelError: the model failed, or has been closed.
        """
        errand = Errand()

        def work() -> EmbedResult:
            with errand:
                return self.embed_in(errand, request)

        return self._aside.do(work, on_interrupt=errand.drop)

    def embed_in(self, errand: Errand, request: EmbedRequest) -> EmbedResult:
        """The same as a part of an errand; not in the main thread, where an interrupt comes between any two steps."""
        self._check(request)
        parts: list[_Part] = []
        self._read(request, parts, errand)
        return self._finish(request, parts, [part.job.future.result() for part in parts])

    async def aembed(self, request: EmbedRequest) -> EmbedResult:
        """Embed, without blocking the event loop; cancelling drops the work. Raises as :meth:`embed`."""
        self._check(request)
        parts, texts = list[_Part](), texts_of(request)
        with Errand() as errand:
            if sum(len(text) for _, text in texts) > INLINE_CHARACTERS:
                await self._off_loop(self._read, request, parts, errand)
            else:
                parts.append(self._part(request, texts))
                job = errand.add(parts[0].job)
                if not self._scheduler.submit(job, wait=False):
                    await self._off_loop(self._scheduler.submit, job)
            rows = [await asyncio.wrap_future(part.job.future) for part in parts]
        return self._finish(request, parts, rows)

    def on_batch(self, observer: BatchObserver) -> None:
        """Tell the observer of every batch from now on; implements :class:`onevec.types.RunsBatches`."""
        self._scheduler.on_batch(observer)

    def close(self) -> None:
        """Finish what waits, and give back threads and memory. Closing twice is harmless."""
        self._scheduler.close()
        self._readers.shutdown(wait=False)

    def _off_loop(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "asyncio.Future[T]":
        try:
            return asyncio.get_running_loop().run_in_executor(self._readers, partial(call, *args, **kwargs))
        except RuntimeError as exc:  # the threads were given back
            raise closed() from exc

    def _check(self, request: EmbedRequest) -> None:
        check_options(request, self._capabilities)
        check_modalities(request, self._capabilities.modalities, "this model")
        check_chunking(request, self._capabilities, "this model")

    def _read(self, request: EmbedRequest, parts: list[_Part], errand: Errand) -> None:
        """Tokenise the texts part by part and queue each, waiting for room, so that no more is read than can wait."""
        texts = texts_of(request)
        for at in range(0, len(texts), READ_TOGETHER):
            parts.append(self._part(request, errand.wanted(texts[at : at + READ_TOGETHER])))
            self._scheduler.submit(errand.add(parts[-1].job))

    def _part(self, request: EmbedRequest, texts: Iterable[tuple[int, TextInput]]) -> _Part:
        if request.chunking:
            tokens, chunks = self._reader.read_chunked(request, request.chunking, texts)
            return _Part(Job(tokens, [1 + len(text.cuts) for text in tokens]), range(len(tokens)), tuple(chunks))
        pieces, starts = flatten(self._reader.read(request, texts))
        return _Part(Job(pieces), starts)

    def _finish(self, request: EmbedRequest, parts: Sequence[_Part], rows: Sequence[Vectors]) -> EmbedResult:
        merged = [self._merged(part, vectors) for part, vectors in zip(parts, rows, strict=True)]
        tokens = sum(len(text) for part in parts for text in part.job.texts)
        result = EmbedResult(
            merged[0] if len(merged) == 1 else np.concatenate(merged),
            request.model,
            Usage(tokens, tokens),
            self._space,
            chunks=tuple(chunk for part in parts for chunk in part.chunks or ()) if request.chunking else None,
        )
        return finished(result, request.dimensions)

    def _merged(self, part: _Part, vectors: Vectors) -> Vectors:
        """A vector for each text, or for each chunk where they were asked for."""
        if part.chunks is not None:
            return vectors
        lengths = [len(text) for text in part.job.texts]
        return merge_chunks(vectors, part.starts, lengths, normalized=self._space.normalized)


def finished(result: EmbedResult, dimensions: int | None) -> EmbedResult:
    """The result with vectors of the length that was asked for.

    Raises:
        ModelError: the vectors are not finite.
    """
    _check_finite(result.vectors)
    if dimensions in (None, result.space.dimensions):
        return result
    space = replace(result.space, dimensions=dimensions, normalized=True)
    return replace(result, vectors=vec.truncate(result.vectors, dimensions), space=space)


def _check_finite(vectors: Vectors) -> None:
    if not np.isfinite(vectors).all():
        raise ModelError("the model's vectors are not finite (NaN or Inf): load it with precision 'f32'")
