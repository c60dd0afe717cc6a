"""Policy: what the owner of a key may, where that is said of the key itself, in the keys file's words and in people's.

A budget is so many tokens or US dollars in a calendar day or month of UTC. Money is counted in whole nano-dollars, so
that sums are exact: the price of one token of the cheapest model is several of them.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

import msgspec

from onevec.errors import InvalidRequestError

NANO = 1_000_000_000
"""Nano-dollars of a dollar."""

MOST = 2**62
"""Counters have 64 bits, in Redis and in databases; a limit leaves them room."""

Unit: TypeAlias = Literal["tokens", "nanodollars"]
Period: TypeAlias = Literal["day", "month"]

Count = Annotated[int, msgspec.Meta(ge=1, le=MOST)]


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So much in a period.

    Attributes:
        limit: In its unit.
        unit: Tokens, or nano-dollars.
        period: A calendar day or month, in UTC.
    """

    limit: Count
    unit: Unit
    period: Period

    @classmethod
    def parse(cls, text: str) -> "Budget":
        """A budget as people say it.

        >>> Budget.parse("2M tokens/day"), Budget.parse("0.5 USD/month").limit
        (Budget(limit=2000000, unit='tokens', period='day'), 500000000)

        Raises:
            InvalidRequestError: it says something else.
        """
        found = SAID.fullmatch(text.strip())
        if found is None:
            raise InvalidRequestError(
                f"{text!r:.60} is no budget: write a number, tokens or USD, and day or month, such as "
                "'2M tokens/day' or '10 USD/month'",
                param="budget",
            )
        unit, each = UNITS[found["unit"].lower()]
        amount = Decimal(found["number"].replace("_", "")) * FACTORS[found["factor"].upper()] * each
        if not 1 <= amount <= MOST or amount != int(amount):
            raise InvalidRequestError(f"{text!r:.60} is too small, too large or too fine for a budget", param="budget")
        return cls(int(amount), unit, "day" if found["period"].lower() == "day" else "month")

    def __str__(self) -> str:
        amount, unit = Decimal(self.limit), self.unit.removeprefix("nano")
        if self.unit == "nanodollars":
            amount, unit = amount / NANO, "USD"
        return f"{_plain(amount)} {unit}/{self.period}"


SAID = re.compile(
    r"(?P<number>\d[\d_]*(?:\.\d+)?)\s*(?P<factor>[kMG]?)\s*"
    r"(?P<unit>tokens?|USD|\$)\s*(?:/|per |a )\s*(?P<period>day|month)",
    re.IGNORECASE | re.ASCII,
)
UNITS: Mapping[str, tuple[Unit, int]] = {
    "token": ("tokens", 1),
    "tokens": ("tokens", 1),
    "usd": ("nanodollars", NANO),
    "$": ("nanodollars", NANO),
}
FACTORS: Mapping[str, int] = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9}


def _plain(amount: Decimal) -> str:
    """Without an exponent or zeros that say nothing, and with the factor that leaves a whole number."""
    if amount != int(amount):
        return f"{amount.normalize():f}"
    factor = next((word for word, size in reversed([*FACTORS.items()]) if amount % size == 0), "")
    return f"{int(amount) // FACTORS[factor]}{factor.replace('K', 'k')}"


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the owner of a key may; a field that says nothing leaves it at what everybody may.

    Attributes:
        deployments: Those that he may use, by their names; all of them where there is none.
        requests_per_minute: Instead of `[limits]`'.
        tokens_per_minute: The same.
        budgets: All of them hold at once; one at most for each unit and period.
        expires: From then on the key is refused.

    Raises:
        InvalidRequestError: two budgets of one unit and period.
    """

    deployments: tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=256)], ...] = ()
    requests_per_minute: Count | None = None
    tokens_per_minute: Count | None = None
    budgets: tuple[Budget, ...] = ()
    expires: Annotated[datetime, msgspec.Meta(tz=True)] | None = None

    def __post_init__(self) -> None:
        kinds = {(budget.unit, budget.period) for budget in self.budgets}
        if len(kinds) < len(self.budgets):
            raise InvalidRequestError(
                f"two of the budgets {', '.join(map(str, self.budgets))} are of one kind: give the smaller one",
                param="budget",
            )

    @property
    def counted(self) -> bool:
        """Whether something is counted for its owner."""
        return bool(self.requests_per_minute or self.tokens_per_minute or self.budgets)

    def expired(self, now: datetime) -> bool:
        """Whether it holds no longer."""
        return self.expires is not None and self.expires <= now


OPEN = Policy()
"""Of whoever has none of his own."""


def moment(text: str) -> datetime:
    """A date, which is its beginning, or a time; UTC where it does not say otherwise.

    >>> moment("2027-01-01").isoformat(), moment("2027-01-01T12:00:00+01:00").isoformat()
    ('2027-01-01T00:00:00+00:00', '2027-01-01T11:00:00+00:00')

    Raises:
        InvalidRequestError: it is neither.
    """
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise InvalidRequestError(
            f"{text!r:.40} is neither a date nor a time: write 2027-01-01 or 2027-01-01T12:00:00Z", param="expires"
        ) from exc


def period_name(period: Period, now: datetime) -> str:
    """The day or month that a time in UTC is in.

    >>> period_name("month", datetime(2026, 11, 26, tzinfo=UTC))
    '2026-11'
    """
    return now.strftime("%Y-%m-%d" if period == "day" else "%Y-%m")


def period_end(period: Period, now: datetime) -> datetime:
    """When the day or month that a time in UTC is in is over.

    >>> period_end("month", datetime(2026, 12, 26, tzinfo=UTC)).isoformat()
    '2027-01-01T00:00:00+00:00'
    """
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if period == "day":
        return day + timedelta(days=1)
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
