"""The `client_args` of a local model, checked: every key known, every value of its type and range."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from onevec.errors import ConfigurationError

PRECISIONS = ("auto", "f32", "bf16")
CPU = "cpu"
DEVICES = (CPU, "cuda", "mps", "torch:cpu")


@dataclass(frozen=True, slots=True)
class LocalOptions:
    """How a local model is found and run.

    Attributes:
        precision: ``f32``, ``bf16``, or ``auto``: bf16 where the processor computes in it natively, else f32.
        device: What computes: ``cpu`` is this package's own engine; ``cuda`` and ``mps`` are graphics cards, through
            the extra ``torch``, which ``torch:cpu`` tries out without one.
        threads: Processor threads to compute with; None takes all that this process may use.
        cache_dir: Where models of the hub are kept; None is the hub's own cache (``HF_HOME``).
        revision: Branch, tag or commit of a model of the hub.
        int8_scale: The value that int8 code 127 stands for, for a model whose catalog row has none.
        max_image_pixels: Larger images are refused before they are decoded; of formats that take more memory in
            decoding fewer pixels are allowed.
        any_truncation: Allow every `dimensions` below the model's own: the caller vouches for the model.
    """

    precision: str = "auto"
    device: str = CPU
    threads: int | None = None
    cache_dir: str | None = None
    revision: str | None = None
    int8_scale: float | None = None
    any_truncation: bool = False
    max_image_pixels: int = 36_000_000

    @classmethod
    def from_client_args(cls, client_args: Mapping[str, Any] | None) -> "LocalOptions":
        """Options from a caller's `client_args`; a value of None is the default.

        Raises:
            ConfigurationError: an unknown key, or a value of a wrong type or range.
        """
        given = {key: value for key, value in (client_args or {}).items() if value is not None}
        known = [field.name for field in fields(cls)]
        for key, value in given.items():
            if key not in known:
                raise ConfigurationError(_unknown(key, known), param="client_args", value=str(key))
            _RULES[key](key, value)
        return cls(**given)


def _unknown(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(str(key), known, n=1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    return f"client_args of a local model has no {key!r}{hint}; it takes {', '.join(known)}"


def _one_of(allowed: tuple[str, ...]) -> Callable[[str, object], None]:
    def check(key: str, value: object) -> None:
        if value not in allowed:
            raise _wrong(key, value, f"one of {', '.join(allowed)}")

    return check


def _text(key: str, value: object) -> None:
    if not isinstance(value, str) or not value:
        raise _wrong(key, value, "a text")


def _positive_int(key: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _wrong(key, value, "a whole number from 1 on")


def _positive(key: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < float("inf"):
        raise _wrong(key, value, "a number above 0")


def _boolean(key: str, value: object) -> None:
    if not isinstance(value, bool):
        raise _wrong(key, value, "True or False")


def _wrong(key: str, value: object, wanted: str) -> ConfigurationError:
    shown = repr(value)[:60]
    return ConfigurationError(f"client_args[{key!r}] must be {wanted}, not {shown}", param="client_args", value=shown)


_RULES: Mapping[str, Callable[[str, object], None]] = {
    "precision": _one_of(PRECISIONS),
    "device": _one_of(DEVICES),
    "threads": _positive_int,
    "cache_dir": _text,
    "revision": _text,
    "int8_scale": _positive,
    "any_truncation": _boolean,
    "max_image_pixels": _positive_int,
}
