"""Where a provider is called: its base URL, from the argument, the environment, or the row.

The environment is handed in, never read here.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias
from urllib.parse import SplitResult, urlsplit, urlunsplit

from onevec.errors import ConfigurationError
from onevec.providers.metadata import ProviderMetadata

Settings: TypeAlias = Callable[[], Mapping[str, str]]
"""Tells what a vendor's own configuration says, under the names of its variables; asked only when one is missing."""


def resolve_base(
    row: ProviderMetadata, api_base: str | None, environ: Mapping[str, str], settings: Settings = dict
) -> str:
    """The base URL of a call: the argument, else the environment, else the provider's own.

    Raises:
        ConfigurationError: none of them is set, or it is no http(s) URL; names where it came from.
    """
    if api_base:
        return base_url(_with_port(api_base, row), "api_base")
    if row.env_api_base and (value := environ.get(row.env_api_base, "").strip()):
        return base_url(_with_port(value, row), row.env_api_base)
    if row.base_template:
        return _filled_in(row, environ, settings)
    if row.api_base is None:
        where = f", or set {row.env_api_base}" if row.env_api_base else ""
        raise ConfigurationError(
            f"{row.name} has no common address: pass api_base{where}", provider=row.name, param="api_base"
        )
    return row.api_base


def _filled_in(row: ProviderMetadata, environ: Mapping[str, str], settings: Settings) -> str:
    """The template of a row with its variables filled in."""

    def value(found: re.Match[str]) -> str:
        names = found["names"].split("|")
        text = _first(names, environ) or _first(names, settings())
        if not re.fullmatch(r"[A-Za-z0-9._:-]+", text):
            where = f", or api_base or {row.env_api_base}" if row.env_api_base else ", or api_base"
            raise ConfigurationError(
                f"{row.name}'s address needs {' or '.join(names)}, which is {'no such word' if text else 'not set'}: "
                f"set it{where}",
                provider=row.name,
                param="api_base",
            )
        return text

    base = re.sub(r"\{(?P<names>[A-Z_|]+)\}", value, row.base_template or "")
    parts = urlsplit(base)
    return urlunsplit(parts._replace(netloc=dict(row.hosts).get(parts.netloc, parts.netloc)))


def _first(names: Iterable[str], values: Mapping[str, str]) -> str:
    return next((text for name in names if (text := values.get(name, "").strip())), "")


def _with_port(value: object, row: ProviderMetadata) -> object:
    """A host alone as a URL, where the provider's own tools take one: ``mine``, ``mine:8080``."""
    if row.port is None or not isinstance(value, str) or "://" in value:
        return value
    return f"http://{value.strip()}" if re.search(r":\d+$", value.strip()) else f"http://{value.strip()}:{row.port}"


def base_url(value: object, source: str) -> str:
    """The URL, checked.

    Raises:
        ConfigurationError: it is none, or holds what does not belong there; `source` says where it came from.
    """
    text = value.strip() if isinstance(value, str) else ""
    try:
        parts = urlsplit(text)
        faults = [message for message, wrong in _faults(text, parts) if wrong]
    except ValueError as exc:  # a port that is no number, brackets that do not close
        raise ConfigurationError(f"{source} is no URL: {exc}", param="api_base") from exc
    if faults:
        shown = "" if parts.username or parts.password else f" {text[:100]!r}"
        raise ConfigurationError(f"{source}{shown} {faults[0]}", param="api_base")
    return text


def _faults(text: str, parts: SplitResult) -> Iterable[tuple[str, bool]]:
    return (
        ("is no URL: it holds a space or a control character", not text.isprintable() or " " in text),
        ("must begin with http:// or https://", parts.scheme.lower() not in ("http", "https")),
        ("names no host", not parts.hostname),
        ("must not hold a user name or password: pass api_key, or client_args={'headers': …}", "@" in parts.netloc),
        ("must not hold a fragment (#…)", bool(parts.fragment)),
        ("has a port out of range", parts.port == 0),
    )


def is_vendors(row: ProviderMetadata, base: str) -> bool:
    """Whether a base URL is the provider's own public address, not a server that somebody runs himself.

    >>> from onevec.providers import provider
    >>> openai, vllm = provider("openai"), provider("vllm")
    >>> is_vendors(openai, "https://api.openai.com/v1/"), is_vendors(openai, "http://proxy/v1")
    (True, False)
    >>> is_vendors(vllm, vllm.api_base)
    False
    >>> is_vendors(provider("bedrock"), "https://bedrock-runtime.eu-west-3.amazonaws.com")
    True
    """
    own, host = urlsplit(row.api_base or row.base_template or ""), urlsplit(base).netloc
    pattern = re.sub(r"\\\{.*?\\\}", "[^.]+", re.escape(own.netloc))
    return own.scheme == "https" and (re.fullmatch(pattern, host) is not None or host in dict(row.hosts).values())
