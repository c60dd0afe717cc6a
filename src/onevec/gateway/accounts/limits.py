"""Requests and tokens a minute for each caller, counted by the `limits` library over a sliding window."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil, floor
from typing import TypeVar

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage

from onevec.errors import RateLimitError
from onevec.gateway.access.policy import OPEN, Policy
from onevec.gateway.accounts.counters import AwayError, Counters, SharedCounters
from onevec.gateway.settings.config import RateLimits
from onevec.types import Usage

T = TypeVar("T")

MARGIN = 0.001
"""Seconds added to a wait, so that whoever waits exactly so long is not a rounding error too early."""


@dataclass(frozen=True, slots=True)
class Window:
    """A sliding window as it stands: what is left of the window before counts for the part that it still overlaps.

    Attributes:
        limit: What is allowed in a window.
        length: Seconds.
        previous: Counted in the window before.
        overlap: Seconds for which that still counts.
        current: Counted in this one.
    """

    limit: int
    length: float
    previous: int
    overlap: float
    current: int

    @property
    def used(self) -> float:
        """What counts now."""
        return self.previous * self.overlap / self.length + self.current

    @property
    def remaining(self) -> int:
        """What may come at once."""
        return max(0, self.limit - floor(self.used))

    def wait(self, cost: int) -> float | None:
        """Seconds until `cost` fits when nothing else comes; None when it never does.

        >>> Window(10, 60, 0, 0, 4).wait(6), Window(10, 60, 0, 60, 4).wait(11)
        (0.0, None)
        """
        if cost > self.limit:
            return None
        if floor(self.used) + cost <= self.limit:
            return 0.0
        if self.current + cost <= self.limit:
            return max(0.0, self.overlap - self._bearable(cost + self.current, self.previous)) + MARGIN
        return self.overlap + max(0.0, self.length - self._bearable(cost, self.current)) + MARGIN

    def _bearable(self, taken: int, before: int) -> float:
        """The overlap with so many counted before at which `taken` fits."""
        return self.length * (self.limit - taken + 1) / before

    @property
    def reset(self) -> float:
        """Seconds until all of it may come at once."""
        return self.wait(self.limit) or 0.0


@dataclass(frozen=True, slots=True)
class Grant:
    """A caller was let in.

    Attributes:
        caller: Who.
        tokens: What was charged, an estimate.
        headers: `x-ratelimit-*`, as OpenAI names them; empty without limits.
        policy: What his key says of his limits.
    """

    caller: str
    tokens: int
    headers: Mapping[str, str] = field(default_factory=dict)
    policy: Policy = OPEN


class CallerLimits:
    """Counts each caller's requests and tokens.

    A request refused for its tokens counts as a request, as it does at OpenAI: asking costs too. Tokens are charged as
    estimated when a request comes, and what it used beyond that when it is done.

    Args:
        config: What everybody may whose key says nothing else.
        shared: Counters that replicas share; while they are away, and without any, each counts by itself.
    """

    def __init__(self, config: RateLimits, shared: SharedCounters | None = None) -> None:
        self._config = config
        self._local = MemoryStorage()
        self._shared = shared

    async def admit(self, caller: str, tokens: int, policy: Policy = OPEN) -> Grant:
        """Count a request and its tokens.

        Raises:
            RateLimitError: too many; `retry_after` is exact, None when so many tokens are never allowed at once.
        """
        items = self._items(policy)
        if not items:
            return Grant(caller, tokens)
        for kind, cost in (("requests", 1), ("tokens", tokens)):
            item = items.get(kind)
            if item is not None and not await self._hit(item, caller, cost):
                raise _refusal(kind, cost, await self._window(item, caller))
        return Grant(caller, tokens, await self.headers(caller, policy), policy)

    async def settle(self, grant: Grant, usage: Usage) -> None:
        """Charge the tokens that a request used beyond the estimate, even past the limit: they have been used."""
        item, missing = self._items(grant.policy).get("tokens"), (usage.total_tokens or 0) - grant.tokens
        if item is None or missing <= 0:
            return
        window = await self._window(item, grant.caller)
        if fits := min(missing, window.remaining):
            await self._hit(item, grant.caller, fits)

    async def headers(self, caller: str, policy: Policy = OPEN) -> dict[str, str]:
        """The headers `x-ratelimit-{limit,remaining,reset}-{requests,tokens}` of a caller as things stand.

        Source: https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers
        """
        headers = {}
        for kind, item in self._items(policy).items():
            window = await self._window(item, caller)
            headers[f"x-ratelimit-limit-{kind}"] = str(window.limit)
            headers[f"x-ratelimit-remaining-{kind}"] = str(window.remaining)
            headers[f"x-ratelimit-reset-{kind}"] = duration(window.reset)
        return headers

    def _items(self, policy: Policy) -> Mapping[str, RateLimitItem]:
        """What is counted, by kind: the key's own numbers, else those of the configuration."""
        return _items(
            policy.requests_per_minute or self._config.requests_per_minute,
            policy.tokens_per_minute or self._config.tokens_per_minute,
        )

    async def _hit(self, item: RateLimitItem, caller: str, cost: int) -> bool:
        key, length = item.key_for(caller), item.get_expiry()
        return await self._ask(lambda by: by.acquire_sliding_window_entry(key, item.amount, length, cost))

    async def _window(self, item: RateLimitItem, caller: str) -> Window:
        key, length = item.key_for(caller), item.get_expiry()
        return window(item.amount, length, *await self._ask(lambda by: by.get_sliding_window(key, length)))

    async def _ask(self, question: Callable[[Counters], Awaitable[T]]) -> T:
        if self._shared is not None:
            try:
                return await self._shared.ask(question)
            except AwayError:
                pass  # said once for each outage, by whoever found out
        return await question(self._local)


def window(limit: int, length: float, previous: int, overlap: float, current: int, ends: float) -> Window:
    """The window that a storage of the library tells of.

    Without a window before, it tells no overlap, though this one's end says it; without this one, Redis tells no end.
    """
    return Window(limit, length, previous, overlap or max(0.0, ends - length), current)


@lru_cache(maxsize=1024)
def _items(requests: int | None, tokens: int | None) -> Mapping[str, RateLimitItem]:
    return {
        kind: RateLimitItemPerMinute(amount, namespace=f"onevec-{kind}")
        for kind, amount in (("requests", requests), ("tokens", tokens))
        if amount
    }


def _refusal(kind: str, cost: int, window: Window) -> RateLimitError:
    pause = window.wait(cost)
    if pause is None:
        return RateLimitError(
            f"the request holds about {cost} tokens, and {window.limit} a minute are allowed: send less at once",
            code="request_too_large",
        )
    return RateLimitError(
        f"the limit of {window.limit} {kind} a minute is reached: try again in {ceil(pause)} s", retry_after=pause
    )


UNITS: Sequence[tuple[str, int]] = (("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1))


def duration(seconds: float) -> str:
    """A time as OpenAI writes it in `x-ratelimit-reset-*`.

    >>> duration(0), duration(0.012), duration(1), duration(90.5)
    ('0s', '12ms', '1s', '1m30s500ms')
    """
    left, parts = ceil(round(seconds * 1000, 3)), []
    for unit, size in UNITS:
        if left >= size:
            parts.append(f"{left // size}{unit}")
            left %= size
    return "".join(parts) or "0s"
