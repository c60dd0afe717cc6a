"""A local model that embeds images, and texts where it has a tower for them: lists may mix both, and pairs."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from onevec.engine.checks import check_options
from onevec.engine.engine import TextEmbedder, finished
from onevec.engine.jobs import Errand, Job
from onevec.engine.vision.pictures import Pictures
from onevec.errors import InvalidRequestError
from onevec.images import ImageInput, LinkedImage
from onevec.interruptible import Aside
from onevec.requests import check_chunking, check_modalities
from onevec.spaces import VectorSpace
from onevec.types import BatchObserver, Capabilities, EmbedRequest, EmbedResult, Modality, Usage, modality
from onevec.vectors import Vectors, normalize

PAIRS = "mean"
"""How the two vectors of an image–text pair become one: their mean at length one, each at length one before."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What the errors of a model say of inputs that it does not embed: its name in a sentence, and what to do."""

    who: str = "this model"
    remedy: str = "take another model"


class MultimodalEmbedder:
    """Images beside texts in one vector space; it implements :class:`onevec.types.Embedder`.

    Args:
        images: The image half.
        texts: The text half, whose space is the same; None where the model reads no texts.
        space: Of the full vectors.
        capabilities: Of the whole.
        precision: What the model computes in.
        advice: What errors say of inputs that it does not embed.
    """

    def __init__(
        self,
        images: Pictures,
        texts: TextEmbedder | None,
        space: VectorSpace,
        capabilities: Capabilities,
        *,
        precision: str,
        advice: Advice = Advice(),
    ) -> None:
        self._images = images
        self._texts = texts
        self._space = space
        self._capabilities = capabilities
        self._advice = advice
        self._aside = Aside()
        self.precision = precision

    @property
    def space(self) -> VectorSpace:
        """The space of its full vectors, of images and of texts."""
        return self._space

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        return self._capabilities

    def embed(self, request: EmbedRequest) -> EmbedResult:
        """Embed, blocking the calling thread.

        Raises:
            UnsupportedModalityError: a text or a pair for a model of images alone.
            InvalidRequestError: an image that cannot be decoded.
            UnsupportedParameterError, ContextLengthExceededError, ModelError: as a model of texts.
        """
        errand = Errand()
        return self._aside.do(lambda: self._embed(errand, request), on_interrupt=errand.drop)

    def _embed(self, errand: Errand, request: EmbedRequest) -> EmbedResult:
        with errand:
            jobs = self._start(errand, request)
            texts = self._texts.embed_in(errand, _plain(request)) if self._texts and _has_texts(request) else None
            rows = [job.future.result() for job in jobs]
        return self._finish(request, rows, texts)

    async def aembed(self, request: EmbedRequest) -> EmbedResult:
        """Embed, without blocking the event loop; cancelling drops the work. Raises as :meth:`embed`."""
        with Errand() as errand:
            jobs = self._start(errand, request)
            texts = await self._texts.aembed(_plain(request)) if self._texts and _has_texts(request) else None
            rows = [await asyncio.wrap_future(job.future) for job in jobs]
        return self._finish(request, rows, texts)

    def on_batch(self, observer: BatchObserver) -> None:
        """Tell the observer of every batch from now on; implements :class:`onevec.types.RunsBatches`."""
        self._images.on_batch(observer)
        if self._texts:
            self._texts.on_batch(observer)

    def close(self) -> None:
        """Finish what waits, and give back threads and memory. Closing twice is harmless."""
        self._images.close()
        if self._texts:
            self._texts.close()

    def _start(self, errand: Errand, request: EmbedRequest) -> list[Job]:
        check_options(request, self._capabilities)
        check_modalities(request, self._capabilities.modalities, self._advice.who, self._advice.remedy)
        check_chunking(request, self._capabilities, self._advice.who)
        return [errand.add(job) for job in self._images.start(_images(request))]

    def _finish(self, request: EmbedRequest, rows: Sequence[Vectors], texts: EmbedResult | None) -> EmbedResult:
        kinds = [modality(one) for one in request.inputs]
        images = np.concatenate(rows) if rows else np.empty((0, self._space.dimensions), np.float32)
        usage = texts.usage if texts else Usage()
        result = EmbedResult(
            _in_order(kinds, images, texts.vectors if texts else images[:0]),
            request.model,
            usage,
            self._space,
            PAIRS if Modality.PAIR in kinds else None,
        )
        return finished(result, request.dimensions)


def _in_order(kinds: Sequence[Modality], images: Vectors, texts: Vectors) -> Vectors:
    """A row an input, from the rows of its images and of its texts; a pair has one of each."""
    pictured, written = (np.array([kind is not other for kind in kinds]) for other in (Modality.TEXT, Modality.IMAGE))
    vectors = np.zeros((len(kinds), images.shape[1]), np.float32)
    vectors[pictured] = images
    paired = pictured & written
    vectors[written & ~paired] = texts[~paired[written]]
    vectors[paired] = normalize(normalize(vectors[paired]) + normalize(texts[paired[written]]))
    return vectors


def _images(request: EmbedRequest) -> list[tuple[int, ImageInput]]:
    """The images of a request, each with its place."""
    found = []
    for index, one in enumerate(request.inputs):
        if isinstance(one, LinkedImage):
            raise InvalidRequestError(
                f"inputs[{index}] is an image at a URL, which is not fetched: pass its content", loc=("inputs", index)
            )
        if isinstance(one, ImageInput):
            found.append((index, one))
    return found


def _has_texts(request: EmbedRequest) -> bool:
    return any(modality(one) is not Modality.IMAGE for one in request.inputs)


def _plain(request: EmbedRequest) -> EmbedRequest:
    """The request with full vectors: they are shortened when the images' are there, too."""
    return replace(request, dimensions=None)
