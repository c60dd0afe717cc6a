"""An examination: checks gone through against one server, as an exchange. It has no socket, and its clock is given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from onevec.conformance.asks import JSON_TYPE, Ask, Pairs
from onevec.conformance.contract import Contract
from onevec.conformance.report import Report
from onevec.conformance.rows import Check, Heard, Outcome, Status, judged, reported
from onevec.errors import OnevecError, ProviderError
from onevec.exchange import Exchange, HttpReply, HttpRequest, Sleep
from onevec.providers.bases import base_url
from onevec.target import Target
from onevec.waits import retry_after

SILENT = 3
"""Requests in a row without an answer after which no more are sent."""

MOST_HELD = 256 * 1024 * 1024
"""Bytes of replies after which no more are asked for: all are kept, for any check may look at them."""

PATIENT = 3
"""Times that a request answered with 429 is sent again: limits are a server's right, and no fault."""


@dataclass(frozen=True, slots=True)
class Server:
    """Who is checked: where, by which contract, and as whom."""

    target: Target
    contract: Contract
    model: str | None = None

    def request(self, ask: Ask) -> HttpRequest:
        """What an ask is on the way to this server."""
        target = replace(
            self.target,
            auth=ask.auth or self.contract.auth,
            key=ask.key or self.target.key,
            query=self._query(ask),
        )
        key = {name: value for name, value in target.request_headers().items() if name not in dict(JSON_TYPE)}
        url = target.url(ask.path, self.model or "")
        return HttpRequest(ask.method, url, key | dict(ask.headers), ask.with_model(self.model))

    def _query(self, ask: Ask) -> Pairs:
        """The URL's own parameters win over the contract's; where an ask has others, they stand for both."""
        own, contracts = self.target.query, dict(self.contract.query)
        if ask.query is not None:
            return (*(pair for pair in own if pair[0] not in contracts), *ask.query)
        return (*own, *(pair for pair in self.contract.query if pair[0] not in dict(own)))


def server(url: str, contract: Contract, *, model: str | None = None, key: str | None = None) -> Server:
    """The server at a URL, as the contract's clients are given it.

    Raises:
        ConfigurationError: the URL is none.
    """
    parts = urlsplit(base_url(url, "the URL"))
    base = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
    query = tuple(parse_qsl(parts.query, keep_blank_values=True))
    return Server(Target("the server", base, key, query=query, secrets=(key,) if key else ()), contract, model)


class Hearing:
    """What was heard so far: each ask is sent once."""

    def __init__(self, examined: Server, clock: Callable[[], float], deadline: float) -> None:
        self._server = examined
        self._clock = clock
        self._end = clock() + deadline
        self._heard: dict[Ask, Heard] = {}
        self._silent = self._held = 0
        self.requests = 0

    @property
    def over(self) -> str:
        """Why no more is asked; empty while more is."""
        if self._silent >= SILENT:
            return f"not asked: {SILENT} requests in a row were not answered"
        if self._held > MOST_HELD:
            return f"not asked: the replies before have more than {MOST_HELD} bytes"
        return "not asked: the time for all checks is over" if self._clock() >= self._end else ""

    def hear(self, asks: Sequence[Ask]) -> Exchange[list[Heard] | str]:
        """What comes of these asks, or why they are not asked.

        Raises:
            ProviderError: the very first request of all is not answered: there is no server to check.
        """
        for ask in asks:
            if ask not in self._heard:
                if over := self.over:
                    return over
                self._heard[ask] = yield from self._asked(ask)
        return [self._heard[ask] for ask in asks]

    def _asked(self, ask: Ask) -> Exchange[Heard]:
        found: HttpReply | OnevecError
        try:
            found = yield from self._answered(self._server.request(ask))
            self._silent, self._held = 0, self._held + len(found.body)
        except ProviderError as exc:
            if not self._heard:
                raise
            found, self._silent = exc, self._silent + 1
        return Heard(ask, found)

    def _answered(self, request: HttpRequest) -> Exchange[HttpReply]:
        for _ in range(PATIENT):
            reply = yield from self._sent(request)
            pause = retry_after(reply.headers) or 1.0
            if reply.status != 429 or self._clock() + pause >= self._end:
                return reply
            yield Sleep(pause)
        return (yield from self._sent(request))

    def _sent(self, request: HttpRequest) -> Exchange[HttpReply]:
        self.requests += 1
        reply = yield request
        assert reply is not None  # noqa: S101 - a driver answers every request
        return reply


def examination(
    examined: Server, checks: Sequence[Check], clock: Callable[[], float], deadline: float
) -> Exchange[Report]:
    """Go through the checks, in order.

    Raises:
        ProviderError: the first request is not answered: there is no server to check.
    """
    hearing, started = Hearing(examined, clock, deadline), clock()
    outcomes: list[Outcome] = []
    for check in checks:
        if check.needs_key and not examined.target.key:
            outcomes.append(Outcome(check, Status.SKIPPED, reason="no key is given"))
            continue
        heard = yield from hearing.hear(check.asks)
        outcome = Outcome(check, Status.UNKNOWN, reason=heard) if isinstance(heard, str) else judged(check, heard)
        outcomes.append(reported(outcome, examined.target.redact))
    target, contract = examined.target, examined.contract
    return Report(contract.name, target.base, tuple(outcomes), hearing.requests, clock() - started)
