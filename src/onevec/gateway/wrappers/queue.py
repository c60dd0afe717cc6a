"""Admission: how much may wait for a deployment, and for how long; what is past it is refused at once.

A short queue that refuses early is kinder than a long one that serves everybody too late.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from onevec.errors import GatewayTimeoutError, RateLimitError
from onevec.gateway.wrappers.wrapper import Wrapper
from onevec.images import ImageInput, LinkedImage
from onevec.types import Embedder, EmbedRequest, EmbedResult, Input

CHARACTERS_A_TOKEN = 4
"""English text has about so many; the queue needs no more than a measure of work."""

IMAGE_TOKENS = 256
"""Patches of an image, which cost a model about what as many tokens do: most have from 50 to 730."""

LONGEST_PAUSE = 60.0
"""Seconds that a refused caller is asked to wait at most."""

SPAN = 1.0
"""Seconds over which the rate is measured."""


def estimated_tokens(request: EmbedRequest) -> int:
    """About how many tokens a request holds, without a tokenizer.

    >>> estimated_tokens(EmbedRequest("m", ("eleven char", (1, 2, 3))))
    6
    """
    return sum(map(_estimated, request.inputs))


def _estimated(item: Input | None) -> int:
    if isinstance(item, (ImageInput, LinkedImage)):
        return IMAGE_TOKENS + _estimated(item.text)
    return -(-len(item) // CHARACTERS_A_TOKEN) if isinstance(item, str) else len(item or ())


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much may wait or run at once, and how many seconds one request may take."""

    requests: int = 1024
    tokens: int = 1 << 19
    deadline: float = 30.0


class Queue:
    """What waits or runs, and how fast it goes; any thread may ask it to take a request.

    Attributes:
        requests: Requests that wait or run.
        tokens: Their tokens, as estimated.
    """

    def __init__(self, bounds: Bounds, clock: Callable[[], float] = time.monotonic) -> None:
        self.bounds = bounds
        self.requests = 0
        self.tokens = 0
        self._lock = threading.Lock()
        self._clock = clock
        self._since = clock()
        self._done = 0
        self._rate = 0.0

    @contextmanager
    def place(self, tokens: int) -> Iterator[None]:
        """A place in the queue, given back at the end whatever happens.

        Raises:
            RateLimitError: it is full; status 503, `retry_after` says when about half of it will be done.
        """
        self._enter(tokens)
        try:
            yield
        finally:
            self._leave(tokens)

    def _enter(self, tokens: int) -> None:
        with self._lock:
            full = self.requests >= self.bounds.requests or self.tokens + tokens > self.bounds.tokens
            # One that comes when nothing else is there is let in whatever its size: it will never find more room.
            if self.requests and full:
                raise self._refusal()
            self.requests += 1
            self.tokens += tokens

    def _leave(self, tokens: int) -> None:
        with self._lock:
            self.requests -= 1
            self.tokens -= tokens
            self._done += tokens
            now = self._clock()
            if now - self._since >= SPAN:
                self._rate = self._done / (now - self._since)
                self._since, self._done = now, 0

    def _refusal(self) -> RateLimitError:
        pause = min(LONGEST_PAUSE, max(1.0, self.tokens / 2 / self._rate)) if self._rate else 1.0
        return RateLimitError(
            f"this deployment is busy, {self.requests} requests wait: try again in {pause:.0f} s",
            status=503,
            code="overloaded",
            retry_after=pause,
        )


class Queued(Wrapper):
    """Admits a request, or refuses it at once; an admitted one is answered before the deadline or not at all."""

    def __init__(self, inner: Embedder, queue: Queue) -> None:
        super().__init__(inner)
        self.queue = queue

    def embed(self, request: EmbedRequest) -> EmbedResult:
        """Embed, blocking the calling thread, which nothing can interrupt: here no deadline holds."""
        with self.queue.place(estimated_tokens(request)):
            return self.inner.embed(request)

    async def aembed(self, request: EmbedRequest) -> EmbedResult:
        """Embed, without blocking the event loop; cancelling gives the place back and drops the work.

        Raises:
            RateLimitError: the queue is full; status 503.
            GatewayTimeoutError: the deadline has passed and the work was dropped; status 503.
        """
        deadline = self.queue.bounds.deadline
        with self.queue.place(estimated_tokens(request)):
            try:
                async with asyncio.timeout(deadline) as limit:
                    return await self.inner.aembed(request)
            except TimeoutError as exc:
                if not limit.expired():
                    raise
                raise GatewayTimeoutError(
                    f"the request was not done within {deadline:g} s and has been dropped: send less at once, or "
                    "try again",
                    status=503,
                    retry_after=1.0,
                ) from exc
