"""IBM's IAM: an API key is exchanged for a token that holds for an hour.

Source: https://cloud.ibm.com/docs/account?topic=account-iamtoken_from_apikey
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

import msgspec

from onevec.credentials.renewable import Renewable
from onevec.errors import AuthenticationError, InvalidResponseError, OnevecError, RateLimitError, UpstreamProviderError
from onevec.exchange import HttpReply, HttpRequest, RetryPolicy, Transport, with_retries
from onevec.transport import drive

GRANT = "urn:ibm:params:oauth:grant-type:apikey"

MARGIN = 300.0
"""Seconds before its end at which a token is renewed; of a short one, a fifth of its time."""


class _Granted(msgspec.Struct):
    access_token: str
    expires_in: float


class _Denied(msgspec.Struct, rename="camel"):
    error_code: str | None = None
    error_message: str | None = None


@dataclass(frozen=True, slots=True)
class _Token:
    value: str = field(repr=False)
    until: float


class IamTokens(Renewable):
    """Signs with a token of IAM.

    Args:
        key: The API key.
        url: Where tokens are given out.
        transport: Fetches them.
        provider: Who is called, for errors.
        now: A clock that never goes back, in seconds.
    """

    def __init__(
        self, key: str, url: str, transport: Transport, provider: str, now: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._key = key
        self._url = url
        self._transport = transport
        self._provider = provider
        self._now = now
        self._token: _Token | None = None
        self._refused: str | None = None

    def __repr__(self) -> str:
        return f"IamTokens({self._url!r})"

    @property
    def stale(self) -> bool:
        """Whether there is no token yet, or it expires soon."""
        token = self._token
        return token is None or self._now() >= token.until or token.value == self._refused

    @property
    def secrets(self) -> tuple[str, ...]:
        """The key, and the token in use."""
        token = self._token
        return (self._key, token.value) if token else (self._key,)

    def sign(self, request: HttpRequest) -> HttpRequest:
        """The request with the token."""
        if (token := self._token) is None:
            raise self._closed()
        return replace(request, headers={**request.headers, "authorization": f"Bearer {token.value}"})

    def refused(self, request: HttpRequest) -> bool:
        """Drop the token that was refused."""
        self._refused = request.headers["authorization"].removeprefix("Bearer ")
        return True

    def close(self) -> None:
        """Forget the token."""
        self._token = None

    def _fetch(self) -> None:
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        form = urlencode({"grant_type": GRANT, "apikey": self._key}).encode()
        asked = self._now()
        exchange = with_retries(HttpRequest("POST", self._url, headers, form), RetryPolicy(), random.random)
        reply = drive(exchange, self._transport)
        if reply.status != 200:
            raise self._denied(reply)
        try:
            granted = msgspec.json.decode(reply.body, type=_Granted)
        except msgspec.DecodeError as exc:
            raise InvalidResponseError("IBM's IAM answered without a token", provider=self._provider) from exc
        lifetime = granted.expires_in
        self._token = _Token(granted.access_token, asked + lifetime - min(MARGIN, lifetime / 5))

    def _denied(self, reply: HttpReply) -> OnevecError:
        try:
            said = msgspec.json.decode(reply.body, type=_Denied)
        except msgspec.DecodeError:
            said = _Denied()
        kind: type[OnevecError] = AuthenticationError if reply.status < 500 else UpstreamProviderError
        kind = RateLimitError if reply.status == 429 else kind
        message = (said.error_message or "it did not say why").replace(self._key, "[redacted]")
        return kind(
            f"IBM's IAM gave no token for the API key ({reply.status}): {message[:300]}",
            status=reply.status if reply.status in (429, 500, 503) else None,
            code=said.error_code,
            provider=self._provider,
        )
