"""What a deployment asks of a request before anything else, and what it fills in."""

from dataclasses import replace

from onevec.errors import InvalidRequestError
from onevec.gateway.wrapper import Wrapper
from onevec.types import Embedder, EmbedRequest, Overflow


class Intake(Wrapper):
    """Refuses more inputs than the deployment takes; what it does with long texts holds where the caller says nothing.

    Args:
        inner: Who embeds.
        max_items: Inputs of one request.
        overflow: What happens to a text longer than the model reads.
    """

    def __init__(self, inner: Embedder, max_items: int, overflow: Overflow = Overflow.ERROR) -> None:
        super().__init__(inner)
        self._max_items = max_items
        self._overflow = overflow

    def prepare(self, request: EmbedRequest) -> EmbedRequest:
        """The request with the deployment's `overflow`.

        Raises:
            InvalidRequestError: too many inputs; `loc` is the first that is too many.
        """
        if len(request.inputs) > self._max_items:
            raise InvalidRequestError(
                f"input has {len(request.inputs)} items and this deployment takes {self._max_items} in one request: "
                "send several",
                loc=("input", self._max_items),
                value=f"{len(request.inputs)} items",
            )
        if self._overflow is Overflow.ERROR or request.overflow is not Overflow.ERROR:
            return request
        return replace(request, overflow=self._overflow)
