"""The JSON files of a model folder, read strictly: a fault names the file, the key and what was expected."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from onevec.errors import ModelFileError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Config:
    """One JSON object and the file that it is from."""

    path: Path
    values: Mapping[str, Any]

    def integer(self, key: str, default: int | None = None) -> int:
        """A whole number above 0."""
        return self._value(key, default, "a whole number above 0", lambda v: type(v) is int and v > 0)

    def number(self, key: str, default: float | None = None) -> float:
        """A number."""
        return float(self._value(key, default, "a number", lambda v: type(v) in (int, float)))

    def text(self, key: str, default: str | None = None) -> str:
        """A text."""
        return self._value(key, default, "a text", lambda v: isinstance(v, str))

    def flag(self, key: str, default: bool | None = None) -> bool:
        """True or false."""
        return self._value(key, default, "true or false", lambda v: isinstance(v, bool))

    def section(self, key: str) -> "Config":
        """An object inside the object; an empty one where there is none."""
        empty: dict[str, Any] = {}
        return Config(self.path, self._value(key, empty, "an object", lambda v: isinstance(v, dict)))

    def _value(self, key: str, default: T | None, wanted: str, fits: Callable[[Any], bool]) -> T:
        value = self.values.get(key)
        value = default if value is None else value
        if value is None:
            raise ModelFileError(f"{self.path}: {key!r} is missing; it must be {wanted}", value=str(self.path))
        if not fits(value):
            raise ModelFileError(f"{self.path}: {key!r} must be {wanted}, not {value!r:.60}", value=str(self.path))
        return value


def read_json(path: Path) -> Any:
    """What a JSON file holds.

    Raises:
        ModelFileError: it is missing, or not JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError as exc:
        raise ModelFileError(f"{path} is missing from the model folder", value=str(path)) from exc
    except OSError as exc:
        raise ModelFileError(f"{path} cannot be read: {exc.strerror or exc}", value=str(path)) from exc
    except ValueError as exc:  # JSONDecodeError and UnicodeDecodeError are both one
        raise ModelFileError(f"{path} is not JSON: {exc}", value=str(path)) from exc


def read_config(path: Path, *, optional: bool = False) -> Config:
    """A JSON object; with `optional` a missing file is an empty one."""
    if optional and not path.exists():
        return Config(path, {})
    values = read_json(path)
    if not isinstance(values, dict):
        raise ModelFileError(f"{path} must hold a JSON object, not {type(values).__name__}", value=str(path))
    return Config(path, values)


def inside(folder: Path, relative: str, named_in: Path) -> Path:
    """A path that a file of the folder names, which must not lead out of it."""
    parts = PurePosixPath(relative)
    if parts.is_absolute() or ".." in parts.parts or "\\" in relative:
        raise ModelFileError(f"{named_in} names {relative!r}, which leads out of the model folder", value=str(named_in))
    return folder / relative
