"""The JSON body of a request, as OpenAI and those after it send it. A fault names its place: `$.input[1]`."""

import re
import reprlib
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias, TypeVar

import msgspec
import orjson

from onevec.errors import InvalidRequestError
from onevec.requests import MAX_DIMENSIONS, choice
from onevec.types import EmbedRequest, Encoding, Input, InputType, TextInput

Place: TypeAlias = tuple[str | int, ...]
"""Where something stands in a body: ``("input", 1)``."""

TokenId = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class Asked(msgspec.Struct, kw_only=True):
    """What the body of a request asks, beyond the inputs."""

    dimensions: Annotated[int, msgspec.Meta(ge=1, le=MAX_DIMENSIONS)] | None = None
    encoding_format: str | None = None
    input_type: str | None = None
    model: str | None = None


class Body(Asked, kw_only=True):
    """The body of a request."""

    input: str | list[str | TokenId | list[TokenId]]


Known = TypeVar("Known", bound=msgspec.Struct)


def written(fields: Mapping[str, Any]) -> bytes:
    """The body with these fields.

    Raises:
        InvalidRequestError: a further parameter that JSON cannot hold.
    """
    try:
        return orjson.dumps(fields)
    except orjson.JSONEncodeError as exc:
        raise InvalidRequestError(f"a parameter cannot be written as JSON: {exc}") from exc


def read(body: bytes) -> tuple[Body, dict[str, Any]]:
    """The known fields, checked, and the others as they came; raises as :func:`read_as`."""
    return read_as(body, Body)


def read_as(body: bytes, kind: type[Known]) -> tuple[Known, dict[str, Any]]:
    """The fields that a dialect's body has, checked, and the others as they came.

    Raises:
        InvalidRequestError: no JSON, a missing field, a wrong type; `loc` says where.
    """
    fields: dict[str, Any] = {}
    try:
        fields = msgspec.json.decode(body, type=dict[str, Any])
        known = msgspec.convert(fields, kind)
    except msgspec.DecodeError as exc:
        raise _fault(exc, fields) from exc
    except UnicodeDecodeError as exc:
        raise InvalidRequestError("$: the body is not UTF-8", code="invalid_json") from exc
    except RecursionError as exc:
        raise InvalidRequestError("$: the body is nested too deeply", code="invalid_json") from exc
    return known, {name: value for name, value in fields.items() if name not in kind.__struct_encode_fields__}


def request(
    known: Asked, extra: Mapping[str, Any], model: str, listed: tuple[Input, ...] | None = None
) -> EmbedRequest:
    """The request that a body asks for, its words checked; `listed` are its inputs, where it is no plain body.

    Raises:
        InvalidRequestError: nothing to embed, texts mixed with token ids, or an unknown word.
    """
    if listed is None:
        listed = inputs(known.input) if isinstance(known, Body) else ()
    return EmbedRequest(
        model=model,
        inputs=listed,
        dimensions=known.dimensions,
        input_type=choice(InputType, known.input_type, "input_type"),
        encoding=choice(Encoding, known.encoding_format, "encoding_format"),
        extra=dict(extra),
    )


def named(model: str | None, field: str | None = "model") -> str:
    """The model that a client names in a field of the body, or in the path where `field` is None.

    Raises:
        InvalidRequestError: it names none.
    """
    if model:
        return model
    what = f"$.{field} is missing: name the model" if field else "the path names no model"
    raise InvalidRequestError(what, param=field or "model")


def inputs(value: str | list[Any], field: str = "input") -> tuple[TextInput, ...]:
    """One text, texts, the token ids of one text, or those of several.

    Raises:
        InvalidRequestError: nothing to embed, or texts mixed with token ids; `loc` begins with `field`.
    """
    if isinstance(value, str):
        return (filled(value, (field,)),)
    if not value:
        raise bad((field,), "is an empty list: there is nothing to embed", value)
    kind = type(value[0])
    for index, item in enumerate(value):
        if type(item) is not kind:
            what = "is of another kind than the items before it: send all texts or all token ids"
            raise bad((field, index), what, item)
    if kind is int:
        return (tuple(value),)
    return tuple(filled(item if kind is str else tuple(item), (field, index)) for index, item in enumerate(value))


def filled(item: TextInput, place: Place) -> TextInput:
    """The text, or token ids, unless they are empty.

    Raises:
        InvalidRequestError: they are.
    """
    if not item:
        raise bad(place, "is empty: leave it out, or send a text", item if isinstance(item, str) else [*item])
    return item


def bad(place: Place, what: str, value: object) -> InvalidRequestError:
    """The error of what stands at a place."""
    return InvalidRequestError(f"{dotted(place)} {what}", loc=place, value=_shown(value))


def dotted(place: Place) -> str:
    """A place as JSONPath writes it.

    >>> dotted(("input", 1, "image"))
    '$.input[1].image'
    """
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)


SHOWN = 60
"""Characters of a faulty text that an error repeats."""


def _shown(value: object) -> str:
    """A value, cut off before it is written: it may be long, or deep."""
    if isinstance(value, str):
        return value if len(value) <= SHOWN else f"{value[: SHOWN - 1]}…"
    return reprlib.repr(value)


_PATH = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_STEP = re.compile(r"\.(?P<name>\w+)|\[(?P<index>\d+)\]")
_MISSING = re.compile(r"missing required field `(?P<name>\w+)`")


def _fault(exc: msgspec.DecodeError, fields: Mapping[str, Any]) -> InvalidRequestError:
    """The fault that msgspec found, with its place both in words and as data."""
    text = str(exc)
    found = _PATH.search(text)
    loc = _loc(found["path"]) if found else ()
    if missing := _MISSING.search(text):
        loc = (missing["name"],)
    return InvalidRequestError(f"{dotted(loc)}: {_PATH.sub('', text)}", loc=loc, value=_value(fields, loc))


def _value(fields: Any, loc: tuple[str | int, ...]) -> str | None:
    """What stands at a place, when something does."""
    for step in loc:
        try:
            fields = fields[step]
        except (LookupError, TypeError):
            return None
    return _shown(fields) if loc else None


def _loc(path: str) -> tuple[str | int, ...]:
    return tuple(step["name"] or int(step["index"]) for step in _STEP.finditer(path))
