"""The local embedder of texts: tokenizer, scheduler and compiled graph behind the one protocol."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import numpy as np

from onevec import vectors as vec
from onevec.batching import flatten
from onevec.chunking import merge_chunks
from onevec.engine.jobs import Job, closed
from onevec.engine.reading import Reader
from onevec.engine.scheduler import Scheduler
from onevec.engine.tokenizer import ModelTokenizer
from onevec.errors import ModelError, UnsupportedParameterError
from onevec.requests import check_chunking, check_modalities, texts_of
from onevec.types import (
    BatchObserver,
    Capabilities,
    Chunk,
    Embedder,
    EmbedRequest,
    EmbedResult,
    InputType,
    SupportsClose,
    Usage,
    VectorSpace,
)
from onevec.vectors import Vectors

S = TypeVar("S")
T = TypeVar("T")

INLINE_CHARACTERS = 4096
"""Inputs up to so much are tokenised on the event loop: a millisecond, no more than reaching a thread would cost."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A request as the scheduler takes it, and where the pieces of each input start.

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
        prepared = self._prepare(request)
        future = prepared.job.future
        try:
            self._scheduler.submit(prepared.job)
            vectors = future.result()
        finally:
            future.cancel()  # does nothing to a finished one; an interrupted caller's work is dropped
        return self._finish(request, prepared, vectors)

    async def aembed(self, request: EmbedRequest) -> EmbedResult:
        """Embed, without blocking the event loop; cancelling drops the work. Raises as :meth:`embed`."""
        prepared = await self._aprepare(request)
        future = asyncio.wrap_future(prepared.job.future)
        try:
            if not self._scheduler.submit(prepared.job, wait=False):
                await self._off_loop(self._scheduler.submit, prepared.job)
            vectors = await future
        finally:
            prepared.job.future.cancel()
        return self._finish(request, prepared, vectors)

    def on_batch(self, observer: BatchObserver) -> None:
        """Tell the observer of every batch from now on; implements :class:`onevec.types.RunsBatches`."""
        self._scheduler.on_batch(observer)

    def close(self) -> None:
        """Finish what waits, and give back threads and memory. Closing twice is harmless."""
        self._scheduler.close()
        self._readers.shutdown(wait=False)

    async def _aprepare(self, request: EmbedRequest) -> _Prepared:
        if sum(len(text) for _, text in texts_of(request)) <= INLINE_CHARACTERS:
            return self._prepare(request)
        return await self._off_loop(self._prepare, request)

    def _off_loop(self, call: Callable[[S], T], argument: S) -> "asyncio.Future[T]":
        try:
            return asyncio.get_running_loop().run_in_executor(self._readers, call, argument)
        except RuntimeError as exc:  # the threads were given back
            raise closed() from exc

    def _prepare(self, request: EmbedRequest) -> _Prepared:
        check_options(request, self._capabilities)
        check_modalities(request, self._capabilities.modalities, "this model")
        check_chunking(request, self._capabilities, "this model")
        if request.chunking:
            texts, chunks = self._reader.read_chunked(request, request.chunking)
            return _Prepared(Job(texts, [1 + len(text.cuts) for text in texts]), range(len(texts)), tuple(chunks))
        pieces, starts = flatten(self._reader.read(request))
        return _Prepared(Job(pieces), starts)

    def _finish(self, request: EmbedRequest, prepared: _Prepared, vectors: Vectors) -> EmbedResult:
        lengths = [len(text) for text in prepared.job.texts]
        if prepared.chunks is None:
            vectors = merge_chunks(vectors, prepared.starts, lengths, normalized=self._space.normalized)
        usage = Usage(sum(lengths), sum(lengths))
        result = EmbedResult(vectors, request.model, usage, self._space, chunks=prepared.chunks)
        return finished(result, request.dimensions)


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


def check_options(request: EmbedRequest, capabilities: Capabilities) -> None:
    """Refuse what no input of this model can have.

    Raises:
        UnsupportedParameterError: `dimensions`, `input_type` or a further parameter that the model has not.
    """
    _check_extra(request.extra)
    _check_dimensions(request.dimensions, capabilities)
    _check_input_type(request.input_type or InputType.TEXT, capabilities.input_types)


def _check_input_type(asked: InputType, able: frozenset[InputType]) -> None:
    if asked not in able:
        allowed = ", ".join(kind.value for kind in InputType if kind in able)
        raise UnsupportedParameterError(
            f"this model does not tell input_type {asked.value!r} apart; it allows {allowed}, or none",
            param="input_type",
            value=asked.value,
        )


def _check_extra(extra: Mapping[str, object]) -> None:
    for name in extra:
        raise UnsupportedParameterError(f"a local model has no parameter {name!r}: leave it out", param=name)


def _check_dimensions(asked: int | None, capabilities: Capabilities) -> None:
    """Refuse lengths that the model was not trained for: cutting its vectors there loses what they mean."""
    full = capabilities.dimensions
    if asked is None or asked == full or asked in capabilities.truncations:
        return
    if capabilities.any_truncation and full is not None and asked < full:
        return
    if capabilities.any_truncation:
        allowed = f"from 1 to {full}"
    else:
        shorter = ", ".join(map(str, capabilities.truncations))
        allowed = f"{shorter} or {full}" if shorter else f"only {full}: it was not trained for shorter vectors"
    raise UnsupportedParameterError(
        f"dimensions {asked} is not for this model, which allows {allowed}", param="dimensions", value=str(asked)
    )


def _check_finite(vectors: Vectors) -> None:
    if not np.isfinite(vectors).all():
        raise ModelError("the model's vectors are not finite (NaN or Inf): load it with precision 'f32'")
