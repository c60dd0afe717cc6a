"""Who calls: from a request's headers to a `Caller`, by API key, by token, or without either where nobody is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv6Address
from typing import Literal, Protocol

from onevec.errors import AuthenticationError
from onevec.gateway.access.keyring import Entry
from onevec.gateway.access.policy import OPEN, Policy


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request.

    Attributes:
        name: The key's name, the token's subject, or the address: fit for logs, not for metrics.
        kind: How we know.
        policy: What his key lets him do; without a key of his own, what everybody may.
    """

    name: str
    kind: Literal["key", "entra", "address"]
    policy: Policy = OPEN

    @property
    def id(self) -> str:
        """Under what his requests are counted; a key and a subject of one name are two."""
        counted = _network(self.name) if self.kind == "address" and ":" in self.name else self.name
        return f"{self.kind}:{counted}"


def _network(address: str) -> str:
    """An IPv6 address without its lower half, of which whoever has one has them all; one of IPv4 inside it, as it is.

    >>> _network("2001:db8::1:2:3:4"), _network("fe80::1%eth0"), _network("::ffff:10.0.0.1"), _network("a:b")
    ('2001:db8::', 'fe80::', '10.0.0.1', 'a:b')
    """
    try:
        whole = IPv6Address(address)
    except ValueError:
        return address
    return str(whole.ipv4_mapped or IPv6Address(int(whole) >> 64 << 64))


class Keys(Protocol):
    """Knows API keys."""

    def find(self, key: str) -> Entry | None:
        """Its entry, or None."""


class Tokens(Protocol):
    """Knows tokens of an issuer."""

    async def subject(self, token: str) -> str:
        """Who sent it; AuthenticationError for a bad one."""


class Callers:
    """Finds out who calls.

    Args:
        keys: API keys that are let in, or None.
        tokens: Tokens that are let in, or None.
    """

    def __init__(self, keys: Keys | None = None, tokens: Tokens | None = None) -> None:
        self._keys = keys
        self._tokens = tokens

    @property
    def open(self) -> bool:
        """Whether nobody is asked."""
        return self._keys is None and self._tokens is None

    async def authenticate(self, headers: Mapping[str, str], host: str | None) -> Caller:
        """Who sent a request with these headers, names in lower case, from this address.

        Raises:
            AuthenticationError: no credential, two that differ, or one that is refused or has expired.
        """
        if self._keys is None and self._tokens is None:
            return Caller(host or "unknown", "address")
        credential = read_credential(headers)
        if self._keys is not None and (entry := self._keys.find(credential)) is not None:
            return _owner(entry)
        # A JSON web token has three parts; anything else would only be refused in other words.
        if self._tokens is not None and credential.count(".") == 2:
            return Caller(await self._tokens.subject(credential), "entra")
        raise AuthenticationError("the key is not known here: it is wrong, or has been revoked", code="invalid_api_key")


def _owner(entry: Entry) -> Caller:
    """Whose key it is, if it still holds."""
    if entry.policy.expired(datetime.now(UTC)):
        raise AuthenticationError(
            f"the key expired at {entry.policy.expires:%Y-%m-%d %H:%M:%S} UTC: ask the operator for another",
            code="expired_api_key",
        )
    return Caller(entry.name, "key", entry.policy)


def read_credential(headers: Mapping[str, str]) -> str:
    """The one key or token that a request brings; clients that send it twice are let be, contradictions are not.

    >>> read_credential({"authorization": "Bearer abc", "api-key": "abc"})
    'abc'

    Raises:
        AuthenticationError: none, another scheme than Bearer, or several that differ.
    """
    found = {value for value in map(str.strip, _credentials(headers)) if value}
    if not found:
        raise AuthenticationError(
            "a key is needed: send the header `Authorization: Bearer KEY` or `api-key: KEY`", code="missing_api_key"
        )
    if len(found) > 1:
        raise AuthenticationError(
            f"the headers authorization, {', '.join(KEY_HEADERS)} bring different keys: send one",
            code="conflicting_keys",
        )
    return found.pop()


KEY_HEADERS = ("api-key", "x-api-key", "x-goog-api-key")
"""Where clients put a key that is not behind `Bearer`: Azure's, many others', and Google's."""


def _credentials(headers: Mapping[str, str]) -> tuple[str, ...]:
    bearer = headers.get("authorization", "")
    scheme, _, token = bearer.strip().partition(" ")
    # The REST reference speaks of a prefix `Bearer:` and shows one without the colon.
    if scheme and scheme.lower() not in ("bearer", "bearer:"):
        raise AuthenticationError("the header authorization must be `Bearer KEY`", code="unsupported_scheme")
    return token, *(headers.get(name, "") for name in KEY_HEADERS)
