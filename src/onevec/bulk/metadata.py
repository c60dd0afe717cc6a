"""What an output tells of itself, as JSON; and whether vectors may be added to it."""

from collections.abc import Mapping
from typing import Any

import orjson

from onevec.bulk.shards import Description
from onevec.errors import ConfigurationError, InvalidRequestError
from onevec.spaces import VectorSpace

KEY = "onevec"
"""Under which an output keeps it."""

VERSION = 1
"""Of this JSON; one of another is refused."""


def as_json(description: Description) -> bytes:
    """The description in one line; the same one has the same bytes.

    >>> as_json(Description(VectorSpace("m", 4), "local:m", {"dimensions": None}, "0.9"))
    b'{"model":"local:m","onevec":"0.9","settings":{"dimensions":null},"space":"m/4","version":1}'
    """
    told = {
        "space": description.space.id,
        "model": description.model,
        "settings": dict(description.settings),
        "version": VERSION,
        "onevec": description.version,
    }
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS)


def from_json(written: bytes | str | None, place: str) -> Description:
    """The description that an output keeps.

    Args:
        written: What stands under :data:`KEY`; None where nothing does.
        place: The output, as an error calls it.

    Raises:
        ConfigurationError: there is none, it cannot be read, or it is of another version.
    """
    if written is None:
        raise ConfigurationError(
            f"{place} does not say in what space its vectors are: it was not written by `onevec run`", param="output"
        )
    try:
        told: Any = orjson.loads(written)
        version = told["version"]
        space, settings = VectorSpace.parse(told["space"]), dict(told["settings"])
        found = Description(space, str(told["model"]), settings, str(told.get("onevec", "")))
    except (ValueError, KeyError, TypeError, AttributeError) as exc:  # our parse error is a ValueError, too
        raise ConfigurationError(f"{place}: what it says of its vectors cannot be read", param="output") from exc
    if version != VERSION:
        raise ConfigurationError(
            f"{place} is of version {version!r:.20}, and this onevec knows {VERSION}: take the onevec that wrote it",
            param="output",
        )
    return found


def check(found: Description, wanted: Description, place: str) -> None:
    """Refuse to put vectors beside others that were made otherwise.

    Two model strings may name one space, as a model and its copy at another address do.

    Raises:
        ConfigurationError: another space, or other settings; says which.
    """
    try:
        wanted.space.check(found.space)
    except InvalidRequestError as exc:
        raise ConfigurationError(f"{place}: {exc.message}; write to another output", param="output") from exc
    check_settings(found.settings, wanted.settings, place)


def check_settings(found: Mapping[str, Any], wanted: Mapping[str, Any], place: str) -> None:
    """Refuse to put vectors beside others that were made with other settings.

    Raises:
        ConfigurationError: says which.
    """
    before, now = _plain(found), _plain(wanted)
    others = [
        f"{name} {_shown(now.get(name))} and not {_shown(before.get(name))}"
        for name in sorted({*before, *now})
        if before.get(name) != now.get(name)
    ]
    if others:
        raise ConfigurationError(
            f"{place} was written with other settings, and this run has {', '.join(others)}: take those, or another "
            "output",
            param="output",
        )


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """As they are once written and read: a tuple is a list."""
    plain: dict[str, Any] = orjson.loads(orjson.dumps(dict(settings)))
    return plain


def _shown(value: object) -> str:
    return repr(value)[:60]
