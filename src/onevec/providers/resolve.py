"""From what a caller says to where a call goes: the provider's row, the key, the base URL, the target.

Argument over environment over the row's own; the environment is handed in, never read here.
"""

import re
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias
from urllib.parse import SplitResult, parse_qsl, urlsplit, urlunsplit

from onevec.errors import ConfigurationError, InvalidRequestError, MissingApiKeyError
from onevec.providers.metadata import ProviderMetadata, Source
from onevec.providers.table import provider
from onevec.signing import REGION, AwsKeys
from onevec.target import Auth, Target


@dataclass(frozen=True, slots=True)
class Credential:
    """A key, never shown, and how it is sent.

    Attributes:
        value: The key.
        auth: How it is sent.
        aws: Amazon's keys, when requests are signed instead.
        source: Where what is sent has to be fetched from; the value, if any, is what it is fetched with.
        iam_url: The address for that.
        account: Fields of a request that say whose it is.
    """

    value: str | None = field(default=None, repr=False)
    auth: Auth = "bearer"
    aws: AwsKeys | None = field(default=None, repr=False)
    source: Source | None = None
    iam_url: str | None = None
    account: Mapping[str, str] = field(default_factory=dict)


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


def split_url(model: str) -> tuple[str, str] | None:
    """The base URL and the model's own name of a model string that names its server; None when it does not.

    >>> split_url("http://localhost:8000/v1:BAAI/bge-m3"), split_url("http://[::1]:80:m:tag"), split_url("openai:m")
    (('http://localhost:8000/v1', 'BAAI/bge-m3'), ('http://[::1]:80', 'm:tag'), None)

    Raises:
        InvalidRequestError: a URL that no model follows.
    """
    if not model.lower().startswith(("http://", "https://")):
        return None
    if not (found := _URL.fullmatch(model)):
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


def resolve_key(row: ProviderMetadata, api_key: str | None, environ: Mapping[str, str]) -> Credential:
    """The key of a call: the argument, else the environment, else what is to be fetched, else none if none is needed.

    Raises:
        MissingApiKeyError: the provider needs one; names the variables.
        ConfigurationError: a key that cannot stand in an HTTP header.
    """
    account = {name: value for name, variable in row.env_account if (value := environ.get(variable, "").strip())}
    if found := _given_key(row, api_key, environ):
        return replace(found, account=account)
    if row.signing and (keys := aws_keys(environ)):
        return Credential(None, "none", keys, account=account)
    if row.source and row.iam_url is None:
        return Credential(None, "none", source=row.source, account=account)
    if row.key_required:
        raise MissingApiKeyError(wanted_key(row), provider=row.name, param="api_key")
    return Credential(None, row.auth, account=account)


def wanted_key(row: ProviderMetadata) -> str:
    """What to do about a missing key, in words."""
    ways = [" or ".join(reversed(row.env_key))] if row.env_key else []
    ways += [" and ".join(AWS_KEY)] if row.signing else []
    return f"{row.name} needs a key: {'pass api_key, or ' if row.env_key else ''}set {', or '.join(ways)}"


def _given_key(row: ProviderMetadata, api_key: str | None, environ: Mapping[str, str]) -> Credential | None:
    """The argument, or the first variable that is set."""
    if api_key:
        key = _key(api_key, "api_key")
        # An API key is one word, a token three that dots separate: an argument may be either.
        return _sent(row, key, environ, is_token=_TOKEN.fullmatch(key) is not None and row.iam_url is not None)
    for variable in row.env_key:
        if value := environ.get(variable, "").strip():
            return _sent(row, _key(value, variable), environ, is_token=variable in row.env_token)
    return None


_TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")


def _sent(row: ProviderMetadata, key: str, environ: Mapping[str, str], *, is_token: bool) -> Credential:
    """A token as it is, a key as the row says: as it is, too, or to nobody but whom gives out tokens for it."""
    if is_token or not row.iam_url:
        return Credential(key, "bearer" if is_token else row.auth)
    variable = row.env_iam_url or ""
    url = environ.get(variable, "").strip()
    return Credential(key, "none", source=row.source, iam_url=_base_url(url, variable) if url else row.iam_url)


AWS_KEY = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


def aws_keys(environ: Mapping[str, str]) -> AwsKeys | None:
    """Amazon's keys in the environment, under the names that its own tools read; None without both halves.

    Raises:
        ConfigurationError: a half that cannot stand in an HTTP header.
    """
    access, secret = (environ.get(variable, "").strip() for variable in AWS_KEY)
    if not access or not secret:
        return None
    token = environ.get("AWS_SESSION_TOKEN", "").strip()
    region = environ.get("AWS_REGION", "").strip() or environ.get("AWS_DEFAULT_REGION", "").strip()
    return AwsKeys(
        _key(access, AWS_KEY[0]),
        _key(secret, AWS_KEY[1]),
        _key(token, "AWS_SESSION_TOKEN") if token else None,
        region or REGION,
    )


def _key(value: object, source: str) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not text or not text.isascii() or not text.isprintable():
        raise ConfigurationError(f"{source} is no key: it must be one line of printable ASCII", param="api_key")
    return text


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
        return _base_url(_with_port(api_base, row), "api_base")
    if row.env_api_base and (value := environ.get(row.env_api_base, "").strip()):
        return _base_url(_with_port(value, row), row.env_api_base)
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


def _base_url(value: object, source: str) -> str:
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


def is_vendors(row: ProviderMetadata, base: str) -> bool:
    """Whether a base URL is the provider's own public address, not a server that somebody runs himself.

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
