"""From a caller's arguments to an :class:`EmbedRequest`: everything that can be refused before any work is."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from onevec.errors import InvalidRequestError
from onevec.types import EmbedRequest, Encoding, InputType, Overflow

MAX_DIMENSIONS = 65_536
"""No model has more; a larger number is a mistake."""

Choice = TypeVar("Choice", bound=StrEnum)


def embed_request(
    model: str,
    inputs: str | Iterable[str],
    *,
    dimensions: int | None = None,
    input_type: str | None = None,
    encoding_format: str | None = None,
    overflow: str = Overflow.ERROR,
    extra: Mapping[str, Any] | None = None,
) -> EmbedRequest:
    """Check the arguments of a call and name the place of the first fault.

    An empty text is refused: no provider embeds it alike, and an empty row in a data set is better found than embedded.

    Raises:
        InvalidRequestError: an argument of a wrong type or value; `loc` says which.
    """
    return EmbedRequest(
        model=model,
        inputs=_texts(inputs),
        dimensions=_dimensions(dimensions),
        input_type=choice(InputType, input_type, "input_type"),
        encoding=choice(Encoding, encoding_format, "encoding_format"),
        overflow=choice(Overflow, overflow, "overflow") or Overflow.ERROR,
        extra=dict(extra or {}),
    )


def _texts(inputs: object) -> tuple[str, ...]:
    if isinstance(inputs, str):
        return (_text(inputs, ("inputs",)),)
    if not isinstance(inputs, Iterable) or isinstance(inputs, (bytes, bytearray, memoryview, Mapping, set, frozenset)):
        raise InvalidRequestError(
            f"inputs must be a text or a list of texts, not {_kind(inputs)}", param="inputs", value=_shown(inputs)
        )
    texts = tuple(_text(item, ("inputs", index)) for index, item in enumerate(inputs))
    if not texts:
        raise InvalidRequestError("inputs is an empty list: there is nothing to embed", param="inputs", value="[]")
    return texts


def _text(item: object, loc: tuple[str | int, ...]) -> str:
    place = loc[0] if len(loc) == 1 else f"{loc[0]}[{loc[1]}]"
    if not isinstance(item, str):
        raise InvalidRequestError(f"{place} must be a text, not {_kind(item)}", loc=loc, value=_shown(item))
    if not item:
        raise InvalidRequestError(f"{place} is an empty text: leave it out, or give it a text", loc=loc, value="")
    if not item.isascii():
        try:
            item.encode()
        except UnicodeEncodeError as exc:
            at = f"character {exc.start} is half of a surrogate pair"
            raise InvalidRequestError(f"{place} is not valid Unicode: {at}", loc=loc) from exc
    return item


def _dimensions(dimensions: object) -> int | None:
    if dimensions is None:
        return None
    if isinstance(dimensions, bool) or not isinstance(dimensions, int):
        raise InvalidRequestError(
            f"dimensions must be a whole number, not {_kind(dimensions)}", param="dimensions", value=_shown(dimensions)
        )
    if not 1 <= dimensions <= MAX_DIMENSIONS:
        raise InvalidRequestError(
            f"dimensions must be from 1 to {MAX_DIMENSIONS}, not {dimensions}",
            param="dimensions",
            value=str(dimensions),
        )
    return dimensions


def choice(kind: type[Choice], value: str | None, param: str) -> Choice | None:
    """The member that a caller's word names; None stays None.

    Raises:
        InvalidRequestError: no member has that value; the message lists them.
    """
    if value is None:
        return None
    try:
        return kind(value)
    except ValueError as exc:
        allowed = ", ".join(member.value for member in kind)
        raise InvalidRequestError(
            f"{param} must be one of {allowed}, not {value!r}", param=param, value=_shown(value)
        ) from exc


def _kind(value: object) -> str:
    return "None" if value is None else type(value).__name__


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
