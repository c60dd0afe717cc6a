"""Wrapper: an embedder round an embedder. What a deployment adds to a model is a stack of these."""

from onevec.spaces import VectorSpace
from onevec.types import BatchObserver, Capabilities, Embedder, EmbedRequest, EmbedResult, RunsBatches


class Wrapper:
    """Hands everything through; a subclass changes or refuses the request in `prepare`, or more."""

    def __init__(self, inner: Embedder) -> None:
        self.inner = inner

    @property
    def space(self) -> VectorSpace | None:
        """The inner embedder's: what is wrapped round it does not change what its vectors mean."""
        return self.inner.space

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        return self.inner.capabilities

    def prepare(self, request: EmbedRequest) -> EmbedRequest:
        """The request as the inner embedder gets it."""
        return request

    def on_batch(self, observer: BatchObserver) -> None:
        """Hand the observer to the model, where that runs batches of its own."""
        if isinstance(self.inner, RunsBatches):
            self.inner.on_batch(observer)

    def embed(self, request: EmbedRequest) -> EmbedResult:
        """Embed, blocking the calling thread."""
        return self.inner.embed(self.prepare(request))

    async def aembed(self, request: EmbedRequest) -> EmbedResult:
        """Embed, without blocking the event loop; cancelling drops the work."""
        return await self.inner.aembed(self.prepare(request))
