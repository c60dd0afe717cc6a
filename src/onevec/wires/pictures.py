"""Images in the bodies of requests: as data URLs, base64 or addresses, alone or as parts of an input."""

import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import msgspec
import pybase64

from onevec.errors import InvalidRequestError, UnsupportedParameterError
from onevec.images import ImageInput, LinkedImage
from onevec.requests import check_modalities
from onevec.target import Target
from onevec.types import EmbedRequest, Input, Modality
from onevec.wires.body import Place, bad, dotted, filled

URL_SAFE = str.maketrans("-_", "+/")
"""Google's clients write base64 as it may stand in an address."""

EVERY = frozenset(Modality)
IMAGES = frozenset({Modality.IMAGE, Modality.PAIR})


def sendable(request: EmbedRequest, target: Target, able: frozenset[Modality] = EVERY) -> list[str | ImageInput]:
    """The inputs of a provider that takes images, whose bytes are there.

    Raises:
        UnsupportedModalityError: an input of a kind that is not among `able`.
        UnsupportedParameterError: token ids, or an image of which only the address is known.
    """
    check_modalities(request, able, target.provider)
    sent: list[str | ImageInput] = []
    for index, one in enumerate(request.inputs):
        if isinstance(one, (tuple, LinkedImage)):
            what = "a list of token ids: send its text" if isinstance(one, tuple) else "an address: send the image"
            raise UnsupportedParameterError(
                f"inputs[{index}] is {what}", provider=target.provider, loc=("inputs", index)
            )
        sent.append(one)
    return sent


def pictures(request: EmbedRequest, target: Target, able: frozenset[Modality] = IMAGES) -> list[ImageInput]:
    """The inputs of a call that takes images and pairs only; raises as :func:`sendable`."""
    return [one for one in sendable(request, target, able) if isinstance(one, ImageInput)]


def picture(source: str, place: Place, text: str | None = None) -> ImageInput | LinkedImage:
    """The image that a client sends as a data URL or in base64, or of which he sends the address.

    Raises:
        InvalidRequestError: faulty base64, a media type that the content belies, no image that is known, an empty text.
    """
    if source[:8].lower().startswith(("http://", "https://")):
        return LinkedImage(source, None if text is None else str(filled(text, place)))
    return _placed(source, place, text)


def blob(data: str, media_type: str | None, place: Place, text: str | None = None) -> ImageInput:
    """The image that is base64 in one field, and its media type in another; raises as :func:`picture`."""
    said = f"data:{media_type};base64,{data.translate(URL_SAFE)}" if media_type is not None else data
    return _placed(said, place, text)


def _placed(source: str, place: Place, text: str | None) -> ImageInput:
    """The image of a data URL, or of base64 alone; a fault names the place in the body."""
    try:
        if source[:5].lower() == "data:":
            return ImageInput.from_data_url(source, text)
        return ImageInput(unpacked(source), text)
    except InvalidRequestError as exc:
        raise InvalidRequestError(
            f"{dotted(place)}: {exc.message}", loc=place, value=exc.value or source[:40], code=exc.code
        ) from exc


def unpacked(source: str) -> bytes:
    """What base64 holds.

    Raises:
        InvalidRequestError: it is none.
    """
    try:
        return pybase64.b64decode(source.translate(URL_SAFE), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise InvalidRequestError(
            f"this is neither a data URL nor base64 of an image: {exc}", param="image", value=source[:40]
        ) from exc


class _Url(msgspec.Struct):
    url: str


class Part(msgspec.Struct):
    """One part of an input, as Cohere and Voyage have them."""

    type: str
    text: str | None = None
    image_url: _Url | str | None = None
    image_base64: str | None = None


class Content(msgspec.Struct):
    """One input, made of parts."""

    content: list[Part]


def composed(content: Sequence[Part], place: Place) -> Input:
    """The one input that parts make: a text, an image, or both in either order.

    Raises:
        InvalidRequestError: nothing, an unknown part, or one without what its type says.
        UnsupportedParameterError: several texts or several images.
    """
    found: dict[str, tuple[str, Place]] = {}
    for index, part in enumerate(content):
        here = (*place, "content", index)
        kind, value = _read(part, here)
        if kind in found:
            raise UnsupportedParameterError(
                f"{dotted(here)}: one input is one text, one image, or one of each: send further ones as inputs",
                loc=here,
            )
        found[kind] = (value, (*here, part.type))
    if not found:
        raise bad((*place, "content"), "is an empty list: there is nothing to embed", [])
    text, image = found.get("text"), found.get("image")
    if image is None:
        return filled(found["text"][0], found["text"][1])
    return picture(image[0], image[1], text[0] if text else None)


def _read(part: Part, place: Place) -> tuple[str, str]:
    """What a part is, and what it holds."""
    values = {"text": part.text, "image_url": part.image_url, "image_base64": part.image_base64}
    if part.type not in values:
        raise bad((*place, "type"), f"must be one of {', '.join(values)}", part.type)
    value = values[part.type]
    if value is None:
        raise bad((*place, part.type), "is missing", None)
    return "text" if part.type == "text" else "image", value.url if isinstance(value, _Url) else value


Written: TypeAlias = dict[str, Any]


def parts(one: str | ImageInput, image: Callable[[ImageInput], Written]) -> list[Written]:
    """The parts of an input, its text first; `image` writes the part of an image."""
    text = one if isinstance(one, str) else one.text
    written: list[Written] = [] if text is None else [{"type": "text", "text": text}]
    return written if isinstance(one, str) else [*written, image(one)]
