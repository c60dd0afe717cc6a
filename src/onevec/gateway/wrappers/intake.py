"""What a deployment asks of a request before anything else, and what it fills in."""

from collections.abc import Sequence
from dataclasses import replace

from onevec.errors import InvalidRequestError
from onevec.gateway.wrappers.wrapper import Wrapper
from onevec.types import Embedder, EmbedRequest, Modality, Overflow, modality


class Intake(Wrapper):
    """Refuses more inputs than the deployment takes; what it does with long texts holds where the caller says nothing.

    Args:
        inner: Who embeds.
        max_items: Inputs of one request.
        overflow: What happens to a text longer than the model reads.
        max_images: Images of one request.
    """

    def __init__(
        self, inner: Embedder, max_items: int, overflow: Overflow = Overflow.ERROR, max_images: int = 96
    ) -> None:
        super().__init__(inner)
        self._max_items = max_items
        self._overflow = overflow
        self._max_images = max_images

    def prepare(self, request: EmbedRequest) -> EmbedRequest:
        """The request with the deployment's `overflow`.

        Raises:
            InvalidRequestError: too many inputs or images; `loc` is the first that is too many.
        """
        _check_number(range(len(request.inputs)), self._max_items, "items")
        images = [index for index, one in enumerate(request.inputs) if modality(one) is not Modality.TEXT]
        _check_number(images, self._max_images, "images")
        if self._overflow is Overflow.ERROR or request.overflow is not Overflow.ERROR:
            return request
        return replace(request, overflow=self._overflow)


def _check_number(places: Sequence[int], most: int, what: str) -> None:
    if len(places) > most:
        raise InvalidRequestError(
            f"input has {len(places)} {what} and this deployment takes {most} in one request: send several",
            loc=("inputs", places[most]),
            value=f"{len(places)} {what}",
        )
