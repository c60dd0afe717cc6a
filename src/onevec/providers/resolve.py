"""From a model string to the provider's row, and from row, base URL and credential to the target of a call."""

import re
import sys
import warnings
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from onevec.errors import InvalidRequestError
from onevec.providers.keys import Credential
from onevec.providers.metadata import ProviderMetadata
from onevec.providers.table import provider
from onevec.target import Target


def split_model(model: str, provider_name: object = None) -> tuple[ProviderMetadata, str]:
    """The provider's row and the model's own name.

    Args:
        model: The model alone when the provider is given; otherwise ``provider:model``, split at the first colon, or
            ``provider/model``, which is deprecated, when a slash comes first; or ``URL:model`` for any server that
            speaks as OpenAI does.
        provider_name: The provider, or None.

    >>> row, name = split_model("openai:ft:text-embedding-3-small")
    >>> row.name, name
    ('openai', 'ft:text-embedding-3-small')

    Raises:
        InvalidRequestError: no separator, or nothing on one side of it.
        UnsupportedProviderError: nobody of that name embeds.
    """
    if not isinstance(model, str) or not model:
        raise InvalidRequestError(f"model must be a name such as 'openai:NAME', not {model!r:.60}", param="model")
    if provider_name is not None:
        return provider(provider_name), model
    if found := split_url(model):
        return provider(COMPATIBLE), found[1]
    separator = min((mark for mark in ":/" if mark in model), key=model.index, default=None)
    name, _, rest = model.partition(separator) if separator else (model, "", "")
    if not name or not rest:
        raise InvalidRequestError(
            f"model {model[:60]!r} does not name its provider: write 'provider:model', or pass provider=…",
            param="model",
            value=model[:60],
        )
    if separator == "/":
        warnings.warn(
            f"'provider/model' is deprecated: write '{name}:{rest}'", DeprecationWarning, stacklevel=_callers_level()
        )
    return provider(name), rest


COMPATIBLE = "openai-compatible"
"""The provider that is any server that speaks as OpenAI does."""

_URL = re.compile(r"(?P<base>https?://(?:\[[^\]]*\]|[^/:\[\]]+)(?::\d+)?+(?:/[^:]*)?):(?P<model>.+)", re.IGNORECASE)

_PASSWORD = re.compile(r"https?://[^/:@]+:(?!\d+:)[^/@]+@", re.IGNORECASE)
"""What may be a user's name and password before a host: read as a host and a model, it would be sent to that host."""


def split_url(model: str) -> tuple[str, str] | None:
    """The base URL and the model's own name of a model string that names its server; None when it does not.

    >>> split_url("http://localhost:8000/v1:BAAI/bge-m3"), split_url("http://[::1]:80:m:tag"), split_url("openai:m")
    (('http://localhost:8000/v1', 'BAAI/bge-m3'), ('http://[::1]:80', 'm:tag'), None)

    Raises:
        InvalidRequestError: a URL that no model follows, or with a password in it, which is not repeated.
    """
    if not model.lower().startswith(("http://", "https://")):
        return None
    if _PASSWORD.match(model) or not (found := _URL.fullmatch(model)):
        raise InvalidRequestError(
            "model is a URL that no model follows: write 'http://HOST/v1:MODEL', without a user name or password",
            param="model",
        )
    return found["base"], found["model"]


def _callers_level() -> int:
    """The `stacklevel` of whoever called onevec, however deep in it this is."""
    level, frame = 0, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "onevec":
        level, frame = level + 1, frame.f_back
    return level + 1


def target(
    row: ProviderMetadata,
    base: str,
    credential: Credential,
    *,
    api_version: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Target:
    """What a wire needs to call this provider: the base completed, its query string and api-version kept."""
    parts = urlsplit(base)
    dated = api_version not in (None, "v1") and bool(row.dated_path)
    version = api_version if dated or not row.dated_path else None
    query = parse_qsl(parts.query, keep_blank_values=True)
    if (version := version or row.api_version) and row.version_name not in dict(query):
        query.append((row.version_name, version))
    keys = credential.aws
    path = _completed(parts.path.rstrip("/"), row.dated_path if dated else row.path)
    return Target(
        provider=row.name,
        base=urlunsplit((parts.scheme, parts.netloc, path, "", "")),
        key=None if credential.source else credential.value,
        auth=credential.auth,
        headers=dict(headers or {}),
        query=tuple(query),
        parameters=row.parameters,
        dimensions_name=row.dimensions_name,
        account=credential.account,
        secrets=tuple(filter(None, (keys.secret_key, keys.session_token) if keys else (credential.value,))),
    )


def _completed(path: str, ending: str) -> str:
    """The path with the row's ending, unless the user has written it, or another version of it, already."""
    first = ending.strip("/").partition("/")[0]
    steps = path.split("/")
    versioned = VERSION.fullmatch(first) and any(VERSION.fullmatch(step) for step in steps)
    return path if versioned or first in steps else path + ending


VERSION = re.compile(r"v[0-9][a-z0-9]*")
