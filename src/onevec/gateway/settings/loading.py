"""From a TOML file to a `Config`, or the error that names file, line, key and remedy."""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec

from onevec.errors import ConfigurationError
from onevec.gateway.settings.config import (
    Auth,
    Cache,
    Config,
    ContentFilter,
    DeploymentConfig,
    Entra,
    LedgerConfig,
    Prompts,
    RateLimits,
    Redis,
    Server,
    TargetConfig,
)
from onevec.gateway.settings.rules import check
from onevec.gateway.settings.source import Keys, Source

Section = TypeVar("Section", bound=msgspec.Struct)

SECTIONS = ("server", "auth", "limits", "redis", "cache", "ledger", "deployments")

TABLES: Mapping[type[msgspec.Struct], Mapping[str, type[msgspec.Struct]]] = {
    Auth: {"entra": Entra},
    DeploymentConfig: {"prompts": Prompts, "content_filter": ContentFilter, "targets": TargetConfig},
}
"""Tables, and arrays of tables, within a section."""


def load(path: str | os.PathLike[str]) -> Config:
    """Read and check a configuration file. Nothing is loaded, fetched or called; no key is read.

    Raises:
        ConfigurationError: it cannot be read, is no TOML, or a setting is unknown or wrong; names file, line and key.
    """
    name = os.fspath(path)
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as exc:
        raise ConfigurationError(f"the configuration {name!r} cannot be read: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise ConfigurationError(f"{name} is not UTF-8 text (byte {exc.start})") from exc
    return parse(text, name)


def parse(text: str, name: str = "configuration") -> Config:
    """The same from a text; `name` stands in errors, and relative paths start beside it."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise ConfigurationError(f"{name} is no TOML: {exc}") from exc
    source = Source(name, text)
    _refuse_unknown(tree, SECTIONS, (), source)
    config = Config(
        deployments={
            key: _section(table, DeploymentConfig, ("deployments", key), source)
            for key, table in _table(tree, "deployments", source).items()
        },
        server=_section(tree.get("server", {}), Server, ("server",), source),
        auth=_section(tree.get("auth", {}), Auth, ("auth",), source),
        limits=_section(tree.get("limits", {}), RateLimits, ("limits",), source),
        redis=_section(tree["redis"], Redis, ("redis",), source) if "redis" in tree else None,
        ledger=_section(tree["ledger"], LedgerConfig, ("ledger",), source) if "ledger" in tree else None,
        cache=_section(tree["cache"], Cache, ("cache",), source) if "cache" in tree else None,
        source=source,
    )
    check(config)
    return config


def _table(tree: Mapping[str, Any], key: str, source: Source) -> Mapping[str, Any]:
    table = tree.get(key, {})
    if not isinstance(table, Mapping):
        raise source.error((key,), f"must be a table: write [{key}.NAME]")
    return table


def _section(table: object, kind: type[Section], path: Keys, source: Source) -> Section:
    """One table as its class, the first fault named with its line."""
    if not isinstance(table, Mapping):
        raise source.error(path, "must be a table", value=table)
    _check_names(table, kind, path, source)
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as exc:
        place, what = _place(str(exc))
        allowed = _choices(kind, place)
        remedy = f": it must be one of {', '.join(allowed)}" if allowed else ""
        raise source.error((*path, *place), what + remedy, cause=exc) from exc


def _check_names(table: Mapping[str, Any], kind: type[msgspec.Struct], path: Keys, source: Source) -> None:
    """Refuse unknown keys, here and in the tables below; msgspec would, but names no neighbour."""
    _refuse_unknown(table, kind.__struct_fields__, path, source)
    for key, inner in TABLES.get(kind, {}).items():
        found = table.get(key)
        if isinstance(found, Mapping):
            _check_names(found, inner, (*path, key), source)
        for index, one in enumerate(found if isinstance(found, list) else ()):
            if isinstance(one, Mapping):
                _check_names(one, inner, (*path, key, index), source)


def _refuse_unknown(table: Mapping[str, Any], known: Sequence[str], path: Keys, source: Source) -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            raise source.error((*path, key), f"there is no such setting; {hint}")


def _choices(kind: type[msgspec.Struct], place: Keys) -> Sequence[str]:
    """The words that a setting may be, where there are but a few."""
    hints = {field.name: field.type for field in msgspec.structs.fields(kind)}
    hint = hints.get(str(place[0])) if place else None
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return [member.value for member in hint]
    return get_args(hint) if get_origin(hint) is Literal else ()


_PLACE = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_STEP = re.compile(r"\.(?P<name>\w+)|\[(?P<index>\d+)\]")
_MISSING = re.compile(r"missing required field `(?P<name>\w+)`")


def _place(text: str) -> tuple[Keys, str]:
    """Where msgspec found a fault, as keys, and what it says of it."""
    found = _PLACE.search(text)
    steps = tuple(step["name"] or int(step["index"]) for step in _STEP.finditer(found["path"])) if found else ()
    if missing := _MISSING.search(text):
        return (*steps, missing["name"]), "is missing"
    what = _PLACE.sub("", text)
    return steps, what[:1].lower() + what[1:]
