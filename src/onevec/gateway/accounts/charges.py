"""Accounts: what a caller may use and has used; limits, budgets and the ledger behind one context for each request."""

from datetime import UTC, date, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

from onevec.errors import OnevecError, RateLimitError
from onevec.gateway.access.callers import Caller
from onevec.gateway.access.policy import NANO
from onevec.gateway.accounts.budgets import NOTHING, Amounts, Budgets
from onevec.gateway.accounts.ledger import Ledger, Outcome, Sums, TallyKey
from onevec.gateway.accounts.limits import CallerLimits
from onevec.gateway.deployment import Deployment
from onevec.gateway.wrappers.queue import estimated_tokens
from onevec.types import EmbedRequest, EmbedResult

if TYPE_CHECKING:
    from collections.abc import Mapping

NOBODY = "-"
"""Stands in the ledger for an address: they are many, and none of them is anybody's account."""


class Accounts:
    """What every caller may use and has used.

    Args:
        limits: Requests and tokens a minute.
        budgets: Tokens and money of a day or a month.
        ledger: Where it is written down, if anywhere.
    """

    def __init__(self, limits: CallerLimits, budgets: Budgets, ledger: Ledger | None = None) -> None:
        self.limits = limits
        self.budgets = budgets
        self.ledger = ledger

    def charge(self, caller: Caller, deployment: Deployment, request: EmbedRequest) -> "Charge":
        """The context in which a request is embedded; see :class:`Charge`."""
        return Charge(self, caller, deployment, request)

    def record(self, caller: Caller, deployment: Deployment, day: date, outcome: Outcome, sums: Sums) -> None:
        """Note what a request used, if there is a ledger."""
        if self.ledger is None:
            return
        name = NOBODY if caller.kind == "address" else _plain(caller.name)
        self.ledger.record(TallyKey(day, caller.kind, name, deployment.name, _plain(deployment.model), outcome), sums)

    async def settle(self) -> None:
        """Wait until what is over has been settled."""
        await self.budgets.aclose()


class Charge:
    """One request of a caller: let in on entering, settled and written down on leaving, whatever happens.

    ::

        charge = accounts.charge(caller, deployment, request)
        async with charge:
            result = await deployment.embedder.aembed(request)
            charge.used(result)

    A request that ends without `used` costs no budget.

    Attributes:
        headers: `x-ratelimit-*`, as OpenAI names them, once it was let in or refused for a limit; empty without limits.

    Raises:
        RateLimitError: on entering, too many requests or tokens in the last minute; `retry_after` says when.
        InsufficientFundsError: on entering, a budget has not enough left; status 402, code ``budget_exceeded``.
    """

    def __init__(self, accounts: Accounts, caller: Caller, deployment: Deployment, request: EmbedRequest) -> None:
        self.headers: Mapping[str, str] = {}
        self._accounts, self._caller, self._deployment = accounts, caller, deployment
        self._inputs = len(request.inputs)
        self._price = price(deployment)
        self._day = datetime.now(UTC).date()
        self._estimate = _amounts(estimated_tokens(request), None, self._price)
        self._hold = accounts.budgets.hold(caller.id, caller.policy.budgets, self._estimate)
        self._result: EmbedResult | None = None

    async def __aenter__(self) -> Self:
        caller, limits = self._caller, self._accounts.limits
        try:
            try:
                self._grant = await limits.admit(caller.id, self._estimate.tokens, caller.policy)
                self.headers = self._grant.headers
            except RateLimitError:
                self.headers = await limits.headers(caller.id, caller.policy)
                raise
            await self._hold.__aenter__()
        except BaseException as exc:
            self._record(exc, NOTHING)
            raise
        return self

    def used(self, result: EmbedResult) -> None:
        """Note what the request turned out to cost."""
        self._result = result

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        used = NOTHING if self._result is None else self._cost(self._result)
        self._record(exc, used)
        self._hold.used = used
        await self._hold.__aexit__(kind, exc, trace)
        if self._result is not None:
            await self._accounts.limits.settle(self._grant, self._result.usage)

    def _cost(self, result: EmbedResult) -> Amounts:
        """What it cost; as estimated, where whoever embedded does not tell."""
        tokens = result.usage.total_tokens
        return _amounts(self._estimate.tokens if tokens is None else tokens, result.cost, self._price)

    def _record(self, exc: BaseException | None, used: Amounts) -> None:
        result = self._result
        usage = None if result is None else result.usage
        guessed = usage is not None and (usage.estimated or usage.total_tokens is None)
        sums = Sums(
            requests=1,
            inputs=self._inputs,
            tokens=used.tokens,
            estimated_tokens=used.tokens if guessed else 0,
            cached_tokens=0 if usage is None else usage.cached_tokens,
            nanodollars=used.nanodollars or 0,
        )
        outcome = Outcome.ANSWERED if result is not None else outcome_of(exc)
        self._accounts.record(self._caller, self._deployment, self._day, outcome, sums)


def price(deployment: Deployment) -> float | None:
    """US dollars for a million tokens, the most that one of its targets takes; None where no price is known."""
    if deployment.pool is None:
        return deployment.capabilities.price
    return max((target.price for target in deployment.pool.targets if target.price is not None), default=None)


def _amounts(tokens: int, cost: float | None, price: float | None) -> Amounts:
    if cost is None and price is not None:
        cost = price * tokens / 1e6
    return Amounts(tokens, None if cost is None else round(cost * NANO))


def outcome_of(exc: BaseException | None) -> Outcome:
    """What became of a request without a result: dropped by its client, refused as it is or for a limit, or failed."""
    if isinstance(exc, OnevecError):
        return Outcome.REFUSED if exc.status < 500 or isinstance(exc, RateLimitError) else Outcome.FAILED
    gone = exc is not None and not isinstance(exc, Exception)
    return Outcome.DROPPED if gone else Outcome.FAILED


def _plain(name: str) -> str:
    """A name that fits its column in every database."""
    return name.replace("\0", "")[:256]
