"""Talking HTTP without a socket and without a clock.

An exchange is a generator: it yields an :class:`HttpRequest`, a :class:`Sleep` or a :class:`Work`, is sent the
:class:`HttpReply` (or is thrown a :class:`~onevec.errors.ProviderError` when the transport failed), and returns its
result. `onevec.transport` holds the two drivers that run one, blocking and async; a test runs one with ``next()`` and
``send()``.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, TypeVar

from onevec.errors import GatewayTimeoutError, ProviderConnectionError
from onevec.waits import retry_after

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


@dataclass(frozen=True, slots=True)
class Work:
    """Asks the driver to do what blocks; what it comes to is kept by whoever asked."""

    do: Callable[[], object]


Step: TypeAlias = HttpRequest | Sleep | Work

Exchange: TypeAlias = Generator[Step, HttpReply | None, T]


class Signer(Protocol):
    """Proves whose a request is, anew for each try: signatures grow old and tokens expire.

    Threads and event loops may share one.
    """

    @property
    def stale(self) -> bool:
        """Whether there is nothing to sign with, or nothing that holds for long: renew first."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What is signed with, so that nobody shows it."""

    def renew(self) -> None:
        """Get what is signed with, blocking, unless somebody else has meanwhile."""

    def sign(self, request: HttpRequest) -> HttpRequest:
        """The request with its proof; raises ProviderConnectionError when it was closed since it was renewed."""

    def refused(self, request: HttpRequest) -> bool:
        """Take note that a signed request was refused as expired; whether a renewal may mend that."""


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

AskedWait: TypeAlias = Callable[[HttpReply], float | None]
"""Reads for how many seconds an error reply asks to wait."""

EXPIRED = frozenset({"expiredtoken", "expiredtokenexception"})
"""Amazon's codes of keys that were right once; it answers them with 400 and 403."""


def wait_of_headers(reply: HttpReply) -> float | None:
    """What a reply's headers ask to wait."""
    return retry_after(reply.headers)


def with_retries(
    request: HttpRequest,
    policy: RetryPolicy,
    jitter: Callable[[], float],
    error_code: ErrorCode | None = None,
    signer: Signer | None = None,
    asked_wait: AskedWait = wait_of_headers,
) -> Exchange[HttpReply]:
    """Send a request until it is answered with something that another try would not change.

    Returns the last reply, whatever its status; raises the transport's last error when there is no reply.
    """
    for failures in range(1, policy.retries + 2):
        last = failures > policy.retries
        try:
            reply = yield from _sent(request, signer, error_code)
        except (ProviderConnectionError, GatewayTimeoutError):
            if last:
                raise
            # The usual cause is a kept-alive connection that the other side has closed: the first retry is at once.
            pause = 0.0 if failures == 1 else policy.pause(failures, jitter())
        else:
            if last or reply.status not in policy.statuses:
                return reply
            if error_code is not None and error_code(reply) in policy.final_codes:
                return reply
            asked = asked_wait(reply)
            if asked is not None and asked > policy.longest:
                return reply
            pause = asked or policy.pause(failures, jitter())
        yield Sleep(pause)  # of no time, too: it is where a driver whom nobody waits for any more ends
    raise AssertionError("unreachable: the last try returns or raises")


def _sent(request: HttpRequest, signer: Signer | None, error_code: ErrorCode | None) -> Exchange[HttpReply]:
    """The reply to one try; one more with a renewed proof, at once, where the first proof had expired."""
    if signer is None:
        return (yield from _answered(request))
    signed = yield from _signed(request, signer)
    reply = yield from _answered(signed)
    expired = reply.status == 401 or (error_code is not None and error_code(reply) in EXPIRED)
    if expired and signer.refused(signed):
        reply = yield from _answered((yield from _signed(request, signer)))
    return reply


def _signed(request: HttpRequest, signer: Signer) -> Exchange[HttpRequest]:
    if signer.stale:
        yield Work(signer.renew)
    return signer.sign(request)


def _answered(request: HttpRequest) -> Exchange[HttpReply]:
    reply = yield request
    assert reply is not None  # noqa: S101 - a driver answers every request
    return reply
