"""What the operator vouches for beyond the model's own papers: any shorter vector, a scale for int8 codes."""

from dataclasses import replace

from onevec import vectors as vec
from onevec.encodings import ENCODINGS, check_scale
from onevec.errors import UnsupportedParameterError
from onevec.gateway.wrappers.wrapper import Wrapper
from onevec.types import Capabilities, Embedder, EmbedRequest, EmbedResult


class Shaped(Wrapper):
    """Shortens vectors here instead of at the model, and knows the scale of its int8 codes.

    Args:
        inner: Who embeds.
        any_dimensions: Every length up to the model's may be asked for.
        int8_scale: The value that code 127 stands for; None leaves it to the model.
    """

    def __init__(self, inner: Embedder, *, any_dimensions: bool = False, int8_scale: float | None = None) -> None:
        super().__init__(inner)
        self._any = any_dimensions
        self._scale = int8_scale

    @property
    def capabilities(self) -> Capabilities:
        """The model's, with what the operator adds."""
        inner = self.inner.capabilities
        return replace(
            inner, any_truncation=self._any or inner.any_truncation, int8_scale=self._scale or inner.int8_scale
        )

    def prepare(self, request: EmbedRequest) -> EmbedRequest:
        """The request for whole vectors; codes of eight bits are made here, where their scale is known.

        Raises:
            UnsupportedParameterError: int8 codes without a scale, or more dimensions than the model has.
        """
        check_scale(request.encoding, self.capabilities.int8_scale)
        coded = request.encoding is not None and ENCODINGS[request.encoding].needs_scale
        if self._any:
            _check_length(request.dimensions, self.inner.capabilities.dimensions)
        return replace(
            request,
            dimensions=None if self._any else request.dimensions,
            encoding=None if coded and self._scale else request.encoding,
        )

    def embed(self, request: EmbedRequest) -> EmbedResult:
        """Embed, blocking the calling thread."""
        return self._shortened(super().embed(request), request)

    async def aembed(self, request: EmbedRequest) -> EmbedResult:
        """Embed, without blocking the event loop."""
        return self._shortened(await super().aembed(request), request)

    def _shortened(self, result: EmbedResult, request: EmbedRequest) -> EmbedResult:
        wanted, full = request.dimensions, result.space.dimensions
        if not self._any or wanted in (None, full):
            return result
        _check_length(wanted, full)
        space = replace(result.space, dimensions=wanted, normalized=True)
        return replace(result, vectors=vec.truncate(result.vectors, wanted), space=space)


def _check_length(wanted: int | None, full: int | None) -> None:
    if wanted is not None and full is not None and wanted > full:
        raise UnsupportedParameterError(
            f"dimensions {wanted} is more than the model has: from 1 to {full}", param="dimensions", value=str(wanted)
        )
