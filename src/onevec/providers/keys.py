"""With what a provider is called: a key, a token, Amazon's keys, or where to fetch one of them.

Argument over environment; the environment is handed in, never read here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from onevec.errors import ConfigurationError, MissingApiKeyError
from onevec.providers.bases import base_url
from onevec.providers.metadata import ProviderMetadata, Source
from onevec.signing import REGION, AwsKeys
from onevec.target import Auth


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
    return Credential(key, "none", source=row.source, iam_url=base_url(url, variable) if url else row.iam_url)


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
