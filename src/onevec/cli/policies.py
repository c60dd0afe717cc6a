"""The options of `onevec keys` that say what a key's owner may, and how a policy is shown."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from onevec.cli.completing import deployments

if TYPE_CHECKING:
    from onevec.gateway import Policy

F = TypeVar("F", bound=Callable[..., Any])

FIELDS = ("deployments", "requests_per_minute", "tokens_per_minute", "budgets", "expires")

OPTIONS = (
    click.option(
        "--deployment",
        "deployments",
        metavar="NAME",
        multiple=True,
        shell_complete=deployments,
        help="May use this one; again for more.",
    ),
    click.option("--requests-per-minute", metavar="N", type=click.IntRange(min=1), help="Instead of [limits]' number."),
    click.option("--tokens-per-minute", metavar="N", type=click.IntRange(min=1), help="Instead of [limits]' number."),
    click.option(
        "--budget",
        "budgets",
        metavar="BUDGET",
        multiple=True,
        help="'2M tokens/day', '10 USD/month'; several hold at once.",
    ),
    click.option("--expires", metavar="DATE", help="Refused from this date or time on, in UTC."),
)


def policy_options(function: F) -> F:
    """Give a command the options; it gets them by the names of a policy's fields."""
    for option in reversed(OPTIONS):
        function = option(function)
    return function


def changed(policy: "Policy", given: Mapping[str, Any], cleared: tuple[str, ...] = ()) -> "Policy":
    """The policy with what was given instead, and without what was cleared.

    Raises:
        InvalidRequestError: what was given is no budget, or no time.
    """
    import msgspec

    from onevec.gateway.access.policy import OPEN, Budget, moment

    said = {name: value for name, value in given.items() if value}
    if "budgets" in said:
        said["budgets"] = tuple(map(Budget.parse, said["budgets"]))
    if "expires" in said:
        said["expires"] = moment(said["expires"])
    empty = {name: getattr(OPEN, name) for name in cleared}
    return msgspec.structs.replace(policy, **{**empty, **said})


def in_words(policy: "Policy") -> str:
    """The same in one line for people.

    >>> from onevec.gateway import Budget, Policy
    >>> in_words(Policy(("small",), 60, budgets=(Budget.parse("10 USD/month"),)))
    'small · 60 requests/minute · 10 USD/month'
    """
    said = [*policy.deployments]
    said += [f"{count} {name}/minute" for name, count in _limits(policy) if count is not None]
    said += map(str, policy.budgets)
    said += [f"until {policy.expires:%Y-%m-%d %H:%M} UTC"] if policy.expires is not None else []
    return " · ".join(said) or "everything"


def _limits(policy: "Policy") -> tuple[tuple[str, int | None], ...]:
    return ("requests", policy.requests_per_minute), ("tokens", policy.tokens_per_minute)


def told(policy: "Policy") -> dict[str, Any]:
    """A policy for people and programs: what it says, and nothing where it says nothing."""
    values: dict[str, Any] = {name: getattr(policy, name) for name in FIELDS}
    values["budgets"] = [str(budget) for budget in policy.budgets]
    values["deployments"] = [*policy.deployments]
    if isinstance(policy.expires, datetime):
        values["expires"] = policy.expires.isoformat().replace("+00:00", "Z")
    return {name: value for name, value in values.items() if value}
