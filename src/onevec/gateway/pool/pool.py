"""Pool: several targets that embed in one vector space, behind the protocol of one embedder.

A request goes to the target that has the least to do for its weight, among those of the smallest priority number that
may be asked. One that fails is passed over for the next; one that fails again and again is left alone until a probe
succeeds; one that asks for a pause gets it. No answer ever comes from another space.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import reduce

from onevec.errors import (
    AuthenticationError,
    ConfigurationError,
    GatewayTimeoutError,
    InsufficientFundsError,
    InvalidRequestError,
    ModelError,
    ModelNotFoundError,
    OnevecError,
    ProviderError,
    RateLimitError,
)
from onevec.gateway.pool.targets import Outcome, OutcomeObserver, Target, check_one_space, common
from onevec.gateway.wrappers.queue import estimated_tokens
from onevec.spaces import VectorSpace
from onevec.types import BatchObserver, Capabilities, EmbedRequest, EmbedResult, RunsBatches

log = logging.getLogger("onevec.gateway")

TOGETHER = 2
"""Targets that a hedged request is sent to at a time."""

UNKNOWN_PAUSE = 1.0
"""Seconds that a target rests which is busy and does not say for how long."""


TARGETS_FAULT = (
    AuthenticationError,
    ConfigurationError,
    InsufficientFundsError,
    ModelError,
    ModelNotFoundError,
    ProviderError,
    RateLimitError,
)
"""What another target might answer otherwise; any other error is about the request, and is the answer."""


class Pool:
    """Asks one target after another until one answers.

    Args:
        targets: Who may be asked; their spaces, as far as they are known, are equal.
        space: The space, where the operator vouches for it.
        attempt_timeout: Seconds that one target may take; None lets it take what the request has.
        hedge: Seconds after which a second target is asked as well; None never does.
        clock: Seconds, monotonic.
        rng: Draws among targets that have equally little to do.

    Raises:
        ConfigurationError: two targets are in different spaces, or nobody can tell; `loc` says which.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        *,
        space: VectorSpace | None = None,
        attempt_timeout: float | None = None,
        hedge: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        rng: random.Random | None = None,
    ) -> None:
        self.targets = tuple(targets)
        # One target alone may know its own model better than our table does; several are held against each other.
        self._space = space or (targets[0].embedder.space if len(targets) > 1 else None)
        self._attempt_timeout = attempt_timeout
        self._hedge = hedge
        self._clock = clock
        self._rng = rng or random.Random()  # noqa: S311 - shares work, keeps no secret
        self._seen: dict[int | None, VectorSpace] = {}
        self._observers: list[OutcomeObserver] = []
        self._able: tuple[tuple[Capabilities, ...], Capabilities] | None = None
        check_one_space(self.targets, space)

    @property
    def space(self) -> VectorSpace | None:
        """The space of full vectors: what was known at the start, else the first answer's, and that for good."""
        return self._space or self._seen.get(None) or self.targets[0].embedder.space

    @property
    def capabilities(self) -> Capabilities:
        """What every target can do; worked out again when a target's own have changed."""
        able = tuple([target.embedder.capabilities for target in self.targets])
        if self._able is None or self._able[0] != able:
            self._able = (able, reduce(common, able))
        return self._able[1]

    def on_batch(self, observer: BatchObserver) -> None:
        """Tell the observer of the batches that local targets run."""
        for target in self.targets:
            if isinstance(target.embedder, RunsBatches):
                target.embedder.on_batch(observer)

    def on_outcome(self, observer: OutcomeObserver) -> None:
        """Tell the observer of every attempt from now on."""
        self._observers.append(observer)

    def embed(self, request: EmbedRequest) -> EmbedResult:
        """Embed, blocking the calling thread; without hedging or timeouts. Raises as :meth:`aembed`."""
        faults: list[OnevecError] = []
        for target, asked in self._attempts(request):
            try:
                return asked.answered(target.embedder.embed(request))
            except OnevecError as exc:
                faults.append(asked.failed(exc))
            finally:
                asked.close()
        raise self._unavailable(faults)

    async def aembed(self, request: EmbedRequest) -> EmbedResult:
        """Embed, without blocking the event loop; cancelling drops the work.

        Raises:
            RateLimitError: no target can be asked now; status 503, `retry_after` says when one may.
            ProviderError: every target failed; the last one's error, as its own status.
            OnevecError: what a target refused for the request's own sake.
        """
        if self._hedge is not None and len(self.targets) > 1:
            return await self._hedged(request, self._hedge)
        faults: list[OnevecError] = []
        for target, asked in self._attempts(request):
            try:
                return asked.answered(await self._attempt(target, request))
            except OnevecError as exc:
                faults.append(asked.failed(exc))
            finally:
                asked.close()
        raise self._unavailable(faults)

    async def _hedged(self, request: EmbedRequest, patience: float) -> EmbedResult:
        """The first answer of several targets, each asked when those before it have failed or are slow."""
        attempts, faults = self._attempts(request), list[OnevecError]()
        running: dict[asyncio.Task[EmbedResult], _Asked] = {}
        try:
            while True:
                if len(running) < TOGETHER and (started := next(attempts, None)):
                    target, asked = started
                    running[asyncio.ensure_future(self._attempt(target, request))] = asked
                if not running:
                    raise self._unavailable(faults)
                wait = patience if len(running) < TOGETHER else None
                done, _ = await asyncio.wait(running, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    asked = running.pop(task)
                    try:
                        return asked.answered(task.result())
                    except OnevecError as exc:
                        faults.append(asked.failed(exc))
                    finally:
                        asked.close()
        finally:
            for task, asked in running.items():
                task.cancel()
                asked.close()  # not after the wait, which may be cancelled too
            await asyncio.gather(*running, return_exceptions=True)

    async def _attempt(self, target: Target, request: EmbedRequest) -> EmbedResult:
        if self._attempt_timeout is None:
            return await target.embedder.aembed(request)
        try:
            async with asyncio.timeout(self._attempt_timeout) as limit:
                return await target.embedder.aembed(request)
        except TimeoutError as exc:
            if not limit.expired():
                raise
            raise GatewayTimeoutError(
                f"{target.name} did not answer within {self._attempt_timeout:g} s", code="attempt_timeout"
            ) from exc

    def _attempts(self, request: EmbedRequest) -> "Iterator[tuple[Target, _Asked]]":
        """Targets to ask, each chosen when it is its turn, none twice."""
        tokens, left = estimated_tokens(request), [*self.targets]
        while (target := self._choose(left)) is not None:
            left.remove(target)
            yield target, _Asked(self, target, request, tokens)

    def _choose(self, left: Sequence[Target]) -> Target | None:
        now = self._clock()
        able = [target for target in left if target.breaker.wait(now) == 0]
        if not able and len(left) == len(self.targets):
            able = [target for target in left if target.breaker.wait(now, last_hope=True) == 0]
        if len(able) < 2:
            return able[0] if able else None
        first = min(target.priority for target in able)
        load = {target: target.outstanding / target.weight for target in able if target.priority == first}
        least = min(load.values())
        equal = [target for target, one in load.items() if one == least]
        return self._rng.choices(equal, [target.weight for target in equal])[0]

    def _unavailable(self, faults: Sequence[OnevecError]) -> OnevecError:
        """What to answer when no target did: the last one's error, or when to come again."""
        if len(self.targets) == 1 and faults:
            return faults[0]
        now = self._clock()
        pause = max(1.0, min(target.breaker.wait(now, last_hope=True) for target in self.targets))
        error = RateLimitError(
            f"none of the {len(self.targets)} targets of this deployment can embed now: try again in {pause:.0f} s"
            if len(self.targets) > 1
            else f"the model of this deployment cannot be reached now: try again in {pause:.0f} s",
            status=503,
            code="no_target_available",
            retry_after=pause,
        )
        error.__cause__ = faults[-1] if faults else None
        return error

    def _verify(self, target: Target, request: EmbedRequest, result: EmbedResult) -> None:
        """Hold an answer against the space of those before it.

        Raises:
            ProviderError: it is in another: the target has failed, and its vectors are nobody's answer.
        """
        full, seen, space = self._space, self._seen, result.space
        same = full is None or full.family == space.family
        if same and request.extra:
            return  # a caller's own words to a provider may have made them of another length, or unnormalised
        if full is not None and request.dimensions is None:
            same = full.id == space.id
        if same and space == seen.setdefault(request.dimensions, space):
            return
        expected = full or seen.get(request.dimensions)
        log.error("%s answered with vectors of the space %s, not %s", target.name, space, expected)
        raise ProviderError(f"{target.name} answered with vectors of another space", code="vector_space_mismatch")


class _Asked:
    """One attempt: counted while it lasts, and told to the target's breaker when it ends."""

    __slots__ = ("_over", "_pool", "_request", "_target", "_tokens")

    def __init__(self, pool: Pool, target: Target, request: EmbedRequest, tokens: int) -> None:
        self._pool, self._target, self._request, self._tokens = pool, target, request, tokens
        self._over = False
        target.outstanding += tokens
        target.breaker.started()

    def answered(self, result: EmbedResult) -> EmbedResult:
        """The answer, with its cost, when it is in the pool's space."""
        self._pool._verify(self._target, self._request, result)
        self._target.breaker.answered()
        self._end("answered")
        return replace(result, cost=self._target.cost(result))

    def failed(self, exc: OnevecError) -> OnevecError:
        """The error, when another target may do better; else it is raised: the request is wrong, and not the target."""
        now, breaker = self._pool._clock(), self._target.breaker
        if isinstance(exc, InvalidRequestError) and not isinstance(exc, ConfigurationError):
            breaker.answered()
            self._end("answered")
            raise exc
        if not isinstance(exc, TARGETS_FAULT):
            raise exc
        if isinstance(exc, RateLimitError):
            breaker.rests(now, exc.retry_after if exc.retry_after is not None else UNKNOWN_PAUSE)
            self._end("busy")
            return exc
        breaker.failed(now)
        if exc.retry_after is not None:
            breaker.rests(now, exc.retry_after)
        self._end("failed")
        return exc

    def close(self) -> None:
        """It is over, whatever came of it."""
        if not self._over:
            self._target.breaker.dropped()
            self._end("dropped")
        self._target.outstanding -= self._tokens
        self._tokens = 0

    def _end(self, outcome: Outcome) -> None:
        self._over = True
        for observe in self._pool._observers:
            observe(self._target, outcome)
