"""The `client_args` of a remote provider, checked: every key known, every value of its type and range."""

import difflib
import functools
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from onevec.errors import ConfigurationError, InvalidRequestError
from onevec.exchange import Transport
from onevec.providers import ProviderMetadata
from onevec.spaces import VectorSpace
from onevec.transport import HttpSettings
from onevec.types import Tokenizer


@dataclass(frozen=True, slots=True)
class RemoteOptions:
    """How a remote provider is called.

    Attributes:
        timeout: Seconds for a whole request, from connecting to the last byte.
        connect_timeout: Seconds to connect.
        max_retries: Further tries of a request after the first.
        headers: Sent with every request; they win over ours. Names in lower case.
        proxy: URL of a proxy; None leaves it to the environment, an empty text means none.
        ca_file: PEM file with certificates to trust beyond the system's.
        verify: Whether certificates are checked; leave it on.
        concurrency: Requests of one call that are under way at a time.
        api_version: The `api-version` of an Azure endpoint.
        max_items: Inputs in one request, instead of the provider's known limit.
        max_tokens: Tokens in one request, instead of the provider's known limit.
        tokenizer: The model's, to count and cut texts before they are sent.
        max_input_tokens: The longest text that the model reads, in its tokens.
        int8_scale: The value that int8 code 127 stands for.
        space: The id of the space of its vectors, which the caller vouches for: an address of one's own tells none.
        transport: Sends the requests instead of our own, such as :class:`onevec.testing.FakeProvider`.
    """

    timeout: float = 120.0
    connect_timeout: float = 10.0
    max_retries: int = 3
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    proxy: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    verify: bool = True
    concurrency: int = 8
    api_version: str | None = None
    max_items: int | None = None
    max_tokens: int | None = None
    tokenizer: Tokenizer | None = None
    max_input_tokens: int | None = None
    int8_scale: float | None = None
    space: VectorSpace | None = None
    transport: Transport | None = None

    @classmethod
    def from_client_args(cls, client_args: Mapping[str, Any] | None, row: ProviderMetadata) -> "RemoteOptions":
        """Options from a caller's `client_args`; a value of None is the default.

        `default_headers`, `organization` and `project` are understood as OpenAI's clients know them, and become
        headers. `tokenizer` may be the path of a tokenizer.json.

        Raises:
            ConfigurationError: an unknown key, or a value of a wrong type or range.
            ModelFileError: a `tokenizer` that is not one.
        """
        given = {key: value for key, value in (client_args or {}).items() if value is not None}
        allowed = [column.name for column in fields(cls)]
        checked: dict[str, Any] = {}
        headers: dict[str, str] = {}
        for key, value in given.items():
            if key in _AS_HEADERS:
                headers |= _AS_HEADERS[key](key, value)
            elif key in _RULES:
                checked[key] = _RULES[key](key, value)
            else:
                raise ConfigurationError(_unknown(key, [*allowed, *_AS_HEADERS], row), param="client_args")
        if checked.get("api_version") and not (row.api_version or row.dated_path):
            raise ConfigurationError(
                f"{row.name} has no api_version: leave it out", provider=row.name, param="client_args"
            )
        if row.fixed_items:
            checked.pop("max_items", None)
        return cls(**checked, headers=headers)

    @property
    def fits(self) -> bool:
        """Whether enough is known of the model to cut a text before it is sent."""
        return self.tokenizer is not None and self.max_input_tokens is not None

    @property
    def http(self) -> HttpSettings:
        """How to connect; calls with equal settings can share a transport."""
        return HttpSettings(self.timeout, self.connect_timeout, self.proxy, self.ca_file, self.verify)


def _unknown(key: object, allowed: list[str], row: ProviderMetadata) -> str:
    near = difflib.get_close_matches(str(key), allowed, n=1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    return f"client_args of {row.name} has no {str(key)[:60]!r}{hint}; it takes {', '.join(allowed)}"


def _wrong(key: str, wanted: str) -> ConfigurationError:
    # The value is not shown: it may be a header or a proxy with a password.
    return ConfigurationError(f"client_args[{key!r}] must be {wanted}", param="client_args")


def _number(key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e9:
        raise _wrong(key, "a number above 0")
    return float(value)


def _whole(least: int) -> Callable[[str, object], int]:
    def check(key: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise _wrong(key, f"a whole number from {least} on")
        return value

    return check


def _text(key: str, value: object) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise _wrong(key, "one line of text")
    return value


def _space(key: str, value: object) -> VectorSpace:
    if isinstance(value, VectorSpace):
        return value
    try:
        return VectorSpace.parse(_text(key, value))
    except InvalidRequestError as exc:
        raise ConfigurationError(f"client_args['space']: {exc.message}", param="client_args", value="space") from exc


def _path(key: str, value: object) -> str:
    if not isinstance(value, (str, os.PathLike)):
        raise _wrong(key, "the path of a file")
    return str(os.fspath(value))


def _flag(key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise _wrong(key, "True or False")
    return value


HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
"""A token of RFC 9110."""


def _headers(key: str, value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise _wrong(key, "a mapping of header names to texts")
    return {_header_name(key, name): _header_value(key, text) for name, text in value.items()}


def _header_name(key: str, name: object) -> str:
    if not isinstance(name, str) or not HEADER_NAME.fullmatch(name):
        raise _wrong(key, "a mapping whose keys are header names")
    return name.lower()


def _header_value(key: str, value: object) -> str:
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise _wrong(key, "one line of printable ASCII in each header")
    return value


def _one_header(name: str) -> Callable[[str, object], dict[str, str]]:
    return lambda key, value: {name: _header_value(key, value)}


def _tokenizer(key: str, value: object) -> Tokenizer:
    if isinstance(value, (str, os.PathLike)):
        path = Path(value)
        return _read_tokenizer(path, path.stat().st_mtime_ns if path.exists() else 0)
    if not (callable(getattr(value, "count", None)) and callable(getattr(value, "truncate", None))):
        raise _wrong(key, "the path of a tokenizer.json, or an object with count() and truncate()")
    return value  # type: ignore[return-value]


@functools.lru_cache(maxsize=8)
def _read_tokenizer(path: Path, _changed: int) -> Tokenizer:
    """Options are made for every call; a tokenizer is read again only when its file has changed."""
    from onevec.engine.tokenizer import ModelTokenizer

    return ModelTokenizer.read(path)


def _transport(key: str, value: object) -> Transport:
    if not all(callable(getattr(value, name, None)) for name in ("send", "asend", "close")):
        raise _wrong(key, "an object with send(), asend() and close()")
    return value  # type: ignore[return-value]


_AS_HEADERS: Mapping[str, Callable[[str, object], dict[str, str]]] = {
    "headers": _headers,
    "default_headers": _headers,
    "organization": _one_header("openai-organization"),
    "project": _one_header("openai-project"),
}

_RULES: Mapping[str, Callable[[str, object], Any]] = {
    "timeout": _number,
    "connect_timeout": _number,
    "max_retries": _whole(0),
    "proxy": _text,
    "ca_file": _path,
    "verify": _flag,
    "concurrency": _whole(1),
    "api_version": _text,
    "max_items": _whole(1),
    "max_tokens": _whole(1),
    "tokenizer": _tokenizer,
    "max_input_tokens": _whole(1),
    "int8_scale": _number,
    "space": _space,
    "transport": _transport,
}
