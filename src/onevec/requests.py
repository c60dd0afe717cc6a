"""From a caller's arguments to an :class:`EmbedRequest`: everything that can be refused before any work is."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, TypeVar

from onevec.errors import InvalidRequestError, UnsupportedModalityError, UnsupportedParameterError
from onevec.images import ImageInput, LinkedImage
from onevec.spaces import VectorSpace
from onevec.types import (
    Capabilities,
    EmbedRequest,
    Encoding,
    Input,
    InputType,
    LateChunking,
    Modality,
    Overflow,
    TextInput,
    modality,
)

LATE = "late"
"""What `chunking` may be."""

MAX_DIMENSIONS = 65_536
"""No model has more; a larger number is a mistake."""

Choice = TypeVar("Choice", bound=StrEnum)


def embed_request(
    model: str,
    inputs: str | ImageInput | Iterable[str | ImageInput],
    *,
    dimensions: int | None = None,
    input_type: str | None = None,
    encoding_format: str | None = None,
    overflow: str = Overflow.ERROR,
    chunking: str | None = None,
    chunk_tokens: int | None = None,
    expect_space: VectorSpace | str | None = None,
    extra: Mapping[str, Any] | None = None,
) -> EmbedRequest:
    """Check the arguments of a call and name the place of the first fault.

    An empty text is refused: no provider embeds it alike, and an empty row in a data set is better found than embedded.

    Raises:
        InvalidRequestError: an argument of a wrong type or value; `loc` says which.
    """
    return EmbedRequest(
        model=model,
        inputs=_inputs(inputs),
        dimensions=_dimensions(dimensions),
        input_type=choice(InputType, input_type, "input_type"),
        encoding=choice(Encoding, encoding_format, "encoding_format"),
        overflow=choice(Overflow, overflow, "overflow") or Overflow.ERROR,
        chunking=_chunking(chunking, chunk_tokens),
        expect_space=_space(expect_space),
        extra=dict(extra or {}),
    )


def _inputs(inputs: object) -> tuple[Input, ...]:
    if isinstance(inputs, (str, ImageInput)):
        return (_input(inputs, ("inputs",)),)
    if not isinstance(inputs, Iterable) or isinstance(inputs, (bytes, bytearray, memoryview, Mapping, set, frozenset)):
        raise InvalidRequestError(
            f"inputs must be a text, an image, or a list of them, not {_kind(inputs)}",
            param="inputs",
            value=_shown(inputs),
        )
    listed = tuple(_input(item, ("inputs", index)) for index, item in enumerate(inputs))
    if not listed:
        raise InvalidRequestError("inputs is an empty list: there is nothing to embed", param="inputs", value="[]")
    return listed


def _input(item: object, loc: tuple[str | int, ...]) -> Input:
    return item if isinstance(item, ImageInput) else _text(item, loc)


def _text(item: object, loc: tuple[str | int, ...]) -> str:
    place = loc[0] if len(loc) == 1 else f"{loc[0]}[{loc[1]}]"
    if not isinstance(item, str):
        raise InvalidRequestError(
            f"{place} must be a text or an ImageInput, not {_kind(item)}", loc=loc, value=_shown(item)
        )
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


def _space(space: object) -> VectorSpace | None:
    if space is None or isinstance(space, VectorSpace):
        return space
    if not isinstance(space, str):
        raise InvalidRequestError(
            f"expect_space must be a VectorSpace or its id, not {_kind(space)}", param="expect_space"
        )
    try:
        return VectorSpace.parse(space)
    except InvalidRequestError as exc:
        exc.param, exc.loc = "expect_space", ("expect_space",)
        raise


def check_space(request: EmbedRequest, full: VectorSpace | None) -> None:
    """Refuse a request whose vectors would be in another space than it expects, where the embedder's is known.

    Raises:
        VectorSpaceError: they would.
    """
    if request.expect_space is None or full is None:
        return
    shortened = request.dimensions not in (None, full.dimensions)
    space = replace(full, dimensions=request.dimensions or full.dimensions)
    space.check(request.expect_space, shortened=shortened)


def _chunking(chunking: object, tokens: object) -> LateChunking | None:
    if chunking not in (None, LATE):
        raise InvalidRequestError(
            f"chunking must be {LATE!r} or None, not {_shown(chunking)}", param="chunking", value=_shown(chunking)
        )
    if tokens is None:
        return LateChunking() if chunking else None
    if not chunking:
        raise InvalidRequestError(
            f"chunk_tokens is for chunking={LATE!r}: pass that, too, or leave it out", param="chunk_tokens"
        )
    if isinstance(tokens, bool) or not isinstance(tokens, int) or tokens < 1:
        raise InvalidRequestError(
            f"chunk_tokens must be a whole number from 1 on, not {_shown(tokens)}",
            param="chunk_tokens",
            value=_shown(tokens),
        )
    return LateChunking(tokens)


def check_chunking(request: EmbedRequest, capabilities: Capabilities, who: str) -> None:
    """Refuse late chunking where there is none.

    Raises:
        UnsupportedParameterError: `who` has a vector for a whole text only.
    """
    if request.chunking and not capabilities.late_chunking:
        raise UnsupportedParameterError(
            f"{who} has no chunking={LATE!r}, which takes a local model of texts with mean pooling: leave it out, or "
            "cut the texts yourself",
            param="chunking",
            value=LATE,
        )


def check_modalities(
    request: EmbedRequest, able: frozenset[Modality], who: str, remedy: str = "take another model"
) -> None:
    """Refuse an input that is not what `who` embeds.

    Raises:
        UnsupportedModalityError: `loc` is the first such input.
    """
    for index, one in enumerate(request.inputs):
        kind = modality(one)
        if kind not in able:
            raise UnsupportedModalityError(
                f"{who} does not embed {_PLURALS[kind]}, as inputs[{index}] is: it embeds "
                f"{' and '.join(_PLURALS[other] for other in Modality if other in able)}; {remedy}",
                loc=("inputs", index),
                value=kind.value,
            )


_PLURALS: Mapping[Modality, str] = {
    Modality.TEXT: "texts",
    Modality.IMAGE: "images",
    Modality.PAIR: "image–text pairs",
}


def text_inputs(request: EmbedRequest, who: str) -> tuple[TextInput, ...]:
    """The inputs of a request that holds no images.

    Raises:
        UnsupportedModalityError: it holds one; `loc` says where.
    """
    check_modalities(request, frozenset({Modality.TEXT}), who)
    return tuple(one for one in request.inputs if not isinstance(one, (ImageInput, LinkedImage)))


def texts_of(request: EmbedRequest) -> list[tuple[int, TextInput]]:
    """The texts of a request, those of image–text pairs included, each with its place."""
    found: list[tuple[int, TextInput]] = []
    for index, one in enumerate(request.inputs):
        if not isinstance(one, (ImageInput, LinkedImage)):
            found.append((index, one))
        elif one.text is not None:
            found.append((index, one.text))
    return found


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
