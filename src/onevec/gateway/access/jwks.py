"""The public keys of a token issuer (JWKS, RFC 7517): fetched when needed, kept, fetched again when one is unknown."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from onevec.errors import ConfigurationError, InvalidResponseError, OnevecError, ProviderConnectionError
from onevec.exchange import HttpReply, HttpRequest, Transport

FRESH = 24 * 3600.0
"""Seconds after which keys are fetched again; Microsoft's change about every six weeks and overlap for days."""

PAUSE = 60.0
"""Seconds between two fetches for unknown keys, so that nobody can make us hammer the issuer with invented ones."""

RETRY = 5.0
"""Seconds between two tries while the issuer cannot be reached."""

SMALLEST = 2048
"""Bits of an RSA key; RFC 7518 section 3.3 allows none smaller for RS256."""


class KeySet:
    """The keys of one issuer, by their id. While the issuer cannot be reached, those that are known go on to count.

    Args:
        url: Where they are.
        transport: What fetches them.
        clock: Seconds that only grow.
    """

    def __init__(self, url: str, transport: Transport, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._transport = transport
        self._clock = clock
        self._keys: Mapping[str, Any] = {}
        self._fetched = self._tried = float("-inf")
        self._failure: OnevecError | None = None
        self._lock = asyncio.Lock()

    async def find(self, kid: str) -> Any | None:
        """The key of an id, or None when the issuer has none of that id.

        Raises:
            ProviderConnectionError: it is not known and the key set cannot be fetched; status 503, with `retry_after`.
        """
        if self._due(kid) and not (kid in self._keys and self._lock.locked()):
            # Whoever needs what is being fetched waits for it, and finds nothing due any more.
            async with self._lock:
                if self._due(kid):
                    await self._fetch()
        if kid not in self._keys and self._failure is not None:
            raise ProviderConnectionError(
                "the keys of the token issuer cannot be fetched, so no token can be checked: try again later",
                status=503,
                code="issuer_unavailable",
                retry_after=RETRY,
            ) from self._failure
        return self._keys.get(kid)

    def _due(self, kid: str) -> bool:
        now = self._clock()
        if kid in self._keys and now - self._fetched <= FRESH:
            return False
        return now - self._tried > (PAUSE if self._failure is None else RETRY)

    async def _fetch(self) -> None:
        try:
            reply = await self._transport.asend(HttpRequest("GET", self._url, {"accept": "application/json"}))
            self._keys = read_keys(reply)
            self._fetched, self._failure = self._clock(), None
        except OnevecError as exc:
            self._failure = exc
        self._tried = self._clock()


class _Set(msgspec.Struct):
    keys: list[dict[str, Any]]


def read_keys(reply: HttpReply) -> Mapping[str, Any]:
    """The RSA keys for signatures in a key set, by id; any other kind of key is passed over.

    Raises:
        InvalidResponseError: the reply is no key set.
    """
    if reply.status != 200:
        raise InvalidResponseError(f"the key set was answered with status {reply.status}")
    try:
        listed = msgspec.json.decode(reply.body, type=_Set).keys
    except msgspec.DecodeError as exc:
        raise InvalidResponseError(f"the key set cannot be read: {exc}") from exc
    keys = {row["kid"]: _rsa(row) for row in listed if isinstance(row.get("kid"), str) and _signs(row)}
    return {kid: key for kid, key in keys.items() if key is not None}


def _signs(row: Mapping[str, Any]) -> bool:
    return row.get("kty") == "RSA" and row.get("use", "sig") == "sig" and row.get("alg", "RS256") == "RS256"


def _rsa(row: dict[str, Any]) -> Any | None:
    """The key, or None for one that is broken, too small, or no public one."""
    jwt = load_pyjwt()
    if "d" in row:
        return None
    try:
        key = jwt.PyJWK(row, algorithm="RS256").key
    except jwt.PyJWTError:
        return None
    return key if key.key_size >= SMALLEST else None


def load_pyjwt() -> Any:
    """PyJWT with what it needs for RSA.

    Raises:
        ConfigurationError: it is not installed; names the extra.
    """
    try:
        import cryptography  # noqa: F401 - PyJWT loads without it, and then knows no RS256
        import jwt
    except ImportError as exc:
        raise ConfigurationError("[auth.entra] needs PyJWT: pip install 'onevec[entra]'", param="entra") from exc
    return jwt
