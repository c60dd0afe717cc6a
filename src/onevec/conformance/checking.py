"""`check` and `acheck`: an examination, driven over HTTP."""

import time
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from onevec.conformance.azure import AZURE
from onevec.conformance.contract import Contract
from onevec.conformance.examination import examination, server
from onevec.conformance.openai import OPENAI
from onevec.conformance.report import Report
from onevec.conformance.rows import Check
from onevec.errors import ConfigurationError
from onevec.exchange import Exchange, Transport
from onevec.transport import HttpSettings, HttpTransport, adrive, drive

CONTRACTS: Mapping[str, Contract] = {contract.name: contract for contract in (AZURE, OPENAI)}

MAX_REPLY = 64 * 1024 * 1024
"""Bytes of a reply; 96 vectors of 4096 numbers are an eighth of it."""

TIMEOUT, DEADLINE = 10.0, 120.0
"""Seconds for one request, and for all of them."""


def contract_of(dialect: str) -> Contract:
    """The contract of a dialect.

    Raises:
        ConfigurationError: there is none of that name.
    """
    if dialect not in CONTRACTS:
        raise ConfigurationError(
            f"no contract is called {dialect[:60]!r}: there are {', '.join(CONTRACTS)}", param="dialect"
        )
    return CONTRACTS[dialect]


def chosen(contract: Contract, only: Iterable[str] = (), skip: Iterable[str] = ()) -> tuple[Check, ...]:
    """The checks whose name, or group, is one of `only`, where there are any, and none of `skip`.

    >>> [check.name for check in chosen(AZURE, only=["usage"], skip=["usage.s*"])]
    ['usage.fields', 'usage.positive', 'usage.total']

    Raises:
        ConfigurationError: a word that fits no check.
    """
    wanted, unwanted = tuple(only), tuple(skip)
    for word in (*wanted, *unwanted):
        if not any(_fits(check, word) for check in contract.checks):
            groups = ", ".join(dict.fromkeys(check.name.partition(".")[0] for check in contract.checks))
            raise ConfigurationError(
                f"no check is called {word[:60]!r}: name one, a group ({groups}), or a pattern such as 'encoding.*'",
                param="only" if word in wanted else "skip",
            )
    return tuple(
        check
        for check in contract.checks
        if (not wanted or any(_fits(check, word) for word in wanted))
        and not any(_fits(check, word) for word in unwanted)
    )


def _fits(check: Check, word: str) -> bool:
    return check.name == word or check.name.startswith(f"{word}.") or fnmatchcase(check.name, word)


def check(
    url: str,
    *,
    dialect: str = "azure",
    model: str | None = None,
    key: str | None = None,
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
    timeout: float = TIMEOUT,
    deadline: float = DEADLINE,
    transport: Transport | None = None,
) -> Report:
    """Check a server against a contract. Nothing is sent to anybody else, and redirects are not followed.

    Args:
        url: As the contract's clients are given it: what comes before ``/embeddings``.
        dialect: ``azure`` or ``openai``.
        model: What each request names; OpenAI's contract needs one.
        key: Sent as the contract has it; without one the checks of keys are skipped.
        only: Names, groups or patterns of the checks to run; all of them without.
        skip: Those to leave out.
        timeout: Seconds for one request.
        deadline: Seconds for all of them; checks that are left then stay unknown.
        transport: What to send with, such as an application without a socket; then `timeout` is its own affair.

    Raises:
        ConfigurationError: a URL, dialect or name that is none, or no model where one is needed.
        ProviderError: the server does not answer the first request.
    """
    steps = _steps(url, dialect, model, key, only, skip, deadline)
    if transport is not None:
        return drive(steps, transport)
    with HttpTransport(_settings(timeout), max_body=MAX_REPLY) as own:
        return drive(steps, own)


async def acheck(
    url: str,
    *,
    dialect: str = "azure",
    model: str | None = None,
    key: str | None = None,
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
    timeout: float = TIMEOUT,  # noqa: ASYNC109 - of each request, which the transport keeps
    deadline: float = DEADLINE,
    transport: Transport | None = None,
) -> Report:
    """The same as :func:`check`, without blocking the event loop."""
    steps = _steps(url, dialect, model, key, only, skip, deadline)
    if transport is not None:
        return await adrive(steps, transport)
    async with HttpTransport(_settings(timeout), max_body=MAX_REPLY) as own:
        return await adrive(steps, own)


def _steps(
    url: str,
    dialect: str,
    model: str | None,
    key: str | None,
    only: Sequence[str],
    skip: Sequence[str],
    deadline: float,
) -> Exchange[Report]:
    contract = contract_of(dialect)
    if contract.names_model and not model:
        said = f"every request in {contract.title}'s words names a model: give one, as model= or --model"
        raise ConfigurationError(said, param="model")
    examined = server(url, contract, model=model, key=key)
    return examination(examined, chosen(contract, only, skip), time.monotonic, deadline)


def _settings(timeout: float) -> HttpSettings:
    return HttpSettings(timeout=timeout, connect_timeout=timeout)
