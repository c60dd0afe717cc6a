"""Where a setting stands in its file, so that an error can name the line; `tomllib` tells only values."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from onevec.errors import ConfigurationError

Keys = tuple[str | int, ...]
"""The keys that lead to a setting: ``("deployments", "small", "targets", 0, "model")``."""


@dataclass(frozen=True, slots=True)
class Source:
    """A configuration file's name and text; both empty where the settings came from elsewhere."""

    name: str = ""
    text: str = ""

    def error(
        self, path: Keys, what: str, *, value: object = None, cause: BaseException | None = None
    ) -> ConfigurationError:
        """The error about a setting: file, line, key, and what is wrong with it."""
        line = line_of(self.text, path)
        # Settings that came from no file, but from a command's options, have no place to name.
        where = f"{self.name}{f':{line}' if line else ''}: {dotted(path)}: " if self.name else ""
        shown = f"{value!r:.60}" if value is not None else None
        error = ConfigurationError(f"{where}{what}", loc=path, value=shown)
        error.__cause__ = cause
        return error


def dotted(path: Sequence[str | int]) -> str:
    """A path as TOML writes it, an element of an array by its number.

    >>> dotted(("deployments", "my model", "targets", 0, "weight"))
    'deployments."my model".targets[0].weight'
    """
    return "".join(f"[{key}]" if isinstance(key, int) else f".{_bare(key)}" for key in path).removeprefix(".")


def _bare(key: str) -> str:
    return key if key.replace("-", "").replace("_", "").isalnum() and key.isascii() else f'"{key}"'


def line_of(text: str, path: Keys) -> int | None:
    r"""The line, from 1 on, where a setting begins, or the nearest table round it; None in an empty file.

    The file's beginning is parsed a line longer each time: the first beginning that parses and holds the setting ends
    with it, and the setting begins after the longest one that parses without it. So no grammar is written again here.

    >>> line_of('[server]\nport = 1\nhosts = [\n"a"]', ("server", "hosts"))
    3
    """
    lines = text.splitlines(keepends=True)
    best, depth, start = None, 0, 0
    for end in range(1, len(lines) + 1):
        try:
            found = _depth(tomllib.loads("".join(lines[:end])), path)
        except tomllib.TOMLDecodeError:
            continue
        if found > depth:
            best, depth = start + 1, found
        if depth == len(path):
            break
        start = end
    return best


def _depth(tree: Any, path: Keys) -> int:
    """How many keys of the path are there."""
    for depth, key in enumerate(path):
        try:
            tree = tree[key]
        except (KeyError, IndexError, TypeError):
            return depth
    return len(path)
