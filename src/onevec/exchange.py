"""Talking HTTP without a socket and without a clock.

An exchange is a generator: it yields an :class:`HttpRequest` or a :class:`Sleep`, is sent the :class:`HttpReply` (or is
thrown a :class:`~onevec.errors.ProviderError` when the transport failed), and returns its result. `onevec.transport`
holds the two drivers that run one, blocking and async; a test runs one with ``next()`` and ``send()``.
"""

import email.utils
import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from typing import Protocol, TypeAlias, TypeVar

from onevec.errors import GatewayTimeoutError, ProviderConnectionError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request, ready to send. Headers carry the key and are never shown."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class HttpReply:
    """One reply, read to its end. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sleep:
    """Asks the driver to wait."""

    seconds: float


Exchange: TypeAlias = Generator[HttpRequest | Sleep, HttpReply | None, T]


class Transport(Protocol):
    """Sends a request, blocking or async. Raises ProviderConnectionError or GatewayTimeoutError when it cannot."""

    def send(self, request: HttpRequest) -> HttpReply:
        """Send it and read the reply to its end, blocking the calling thread."""

    async def asend(self, request: HttpRequest) -> HttpReply:
        """The same without blocking the event loop; cancelling drops the request."""

    def close(self) -> None:
        """End every wait for a reply and give the connections back; a later request opens new ones."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When to try again. An embedding call changes nothing at the provider, so a lost reply may be asked for twice.

    Attributes:
        retries: Further tries after the first.
        base: Seconds before the first further try; it doubles each time, with jitter from half to full.
        longest: Seconds that one wait may take. A provider that asks for more is not waited for.
        statuses: HTTP statuses that are tried again.
        final_codes: Error codes that are not, whatever the status: no wait mends them.
    """

    retries: int = 3
    base: float = 0.5
    longest: float = 60.0
    statuses: frozenset[int] = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
    final_codes: frozenset[str] = frozenset({"insufficient_quota", "billing_hard_limit_reached"})

    def pause(self, failures: int, jitter: float) -> float:
        """Seconds to wait after so many failures; `jitter` is from 0 to 1."""
        return min(self.longest, self.base * 2.0 ** min(failures - 1, 32)) * (0.5 + jitter / 2)


ErrorCode: TypeAlias = Callable[[HttpReply], str | None]
"""Reads the structured code out of a wire's error body."""


def with_retries(
    request: HttpRequest,
    policy: RetryPolicy,
    jitter: Callable[[], float],
    error_code: ErrorCode | None = None,
    sign: Callable[[HttpRequest], HttpRequest] | None = None,
) -> Exchange[HttpReply]:
    """Send a request until it is answered with something that another try would not change.

    `sign` is asked anew for each try, because signatures grow old.

    Returns the last reply, whatever its status; raises the transport's last error when there is no reply.
    """
    for failures in range(1, policy.retries + 2):
        last = failures > policy.retries
        try:
            reply = yield sign(request) if sign else request
        except (ProviderConnectionError, GatewayTimeoutError):
            if last:
                raise
            # The usual cause is a kept-alive connection that the other side has closed: the first retry is at once.
            pause = 0.0 if failures == 1 else policy.pause(failures, jitter())
        else:
            assert reply is not None  # noqa: S101 - a driver answers every request
            if last or reply.status not in policy.statuses:
                return reply
            if error_code is not None and error_code(reply) in policy.final_codes:
                return reply
            asked = retry_after(reply.headers)
            if asked is not None and asked > policy.longest:
                return reply
            pause = asked or policy.pause(failures, jitter())
        if pause > 0:
            yield Sleep(pause)
    raise AssertionError("unreachable: the last try returns or raises")


_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a reply asks to wait: `retry-after-ms`, or `Retry-After` as seconds or as a date.

    >>> retry_after({"retry-after-ms": "250"}), retry_after({"retry-after": "2"}), retry_after({})
    (0.25, 2.0, None)
    >>> retry_after({"retry-after": "Fri, 20 Nov 2026 10:00:30 GMT", "date": "Fri, 20 Nov 2026 10:00:00 GMT"})
    30.0
    """
    for name, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        value = headers.get(name, "").strip()
        if _SECONDS.fullmatch(value):
            return float(value) * unit
    until, now = (_date(headers.get(name, "")) for name in ("retry-after", "date"))
    return max(0.0, until - now) if until is not None and now is not None else None


def _date(value: str) -> float | None:
    try:
        moment = email.utils.parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
