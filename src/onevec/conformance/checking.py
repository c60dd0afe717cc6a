"""`check` and `acheck`: an examination, driven over HTTP."""

import time
from collections.abc import Sequence

from onevec.conformance.contracts import chosen, contract_of
from onevec.conformance.examination import examination, server
from onevec.conformance.report import Report
from onevec.errors import ConfigurationError
from onevec.exchange import Exchange, Transport
from onevec.transport import HttpSettings, HttpTransport, adrive, drive

MAX_REPLY = 64 * 1024 * 1024
"""Bytes of a reply; 96 vectors of 4096 numbers are an eighth of it."""

TIMEOUT, DEADLINE = 10.0, 120.0
"""Seconds for one request, and for all of them."""


def check(
    url: str,
    *,
    dialect: str = "azure",
    model: str | None = None,
    key: str | None = None,
    only: str | Sequence[str] = (),
    skip: str | Sequence[str] = (),
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
        ConfigurationError: an argument that cannot be used, or no model where one is needed.
        ProviderError: the server does not answer the first request.
    """
    steps = _steps(url, dialect, model, key, only, skip, deadline)
    if transport is not None:
        return drive(steps, transport)
    with _transport(min(timeout, deadline)) as own:
        return drive(steps, own)


async def acheck(
    url: str,
    *,
    dialect: str = "azure",
    model: str | None = None,
    key: str | None = None,
    only: str | Sequence[str] = (),
    skip: str | Sequence[str] = (),
    timeout: float = TIMEOUT,  # noqa: ASYNC109 - of each request, which the transport keeps
    deadline: float = DEADLINE,
    transport: Transport | None = None,
) -> Report:
    """The same as :func:`check`, without blocking the event loop."""
    steps = _steps(url, dialect, model, key, only, skip, deadline)
    if transport is not None:
        return await adrive(steps, transport)
    async with _transport(min(timeout, deadline)) as own:
        return await adrive(steps, own)


def _steps(
    url: str,
    dialect: str,
    model: str | None,
    key: str | None,
    only: str | Sequence[str],
    skip: str | Sequence[str],
    deadline: float,
) -> Exchange[Report]:
    contract = contract_of(dialect)
    if contract.names_model and not model:
        said = f"every request in {contract.title}'s words names a model: give one, as model= or --model"
        raise ConfigurationError(said, param="model")
    if key is not None and not (key.isascii() and key.isprintable()):
        raise ConfigurationError("key must be one line of printable ASCII; it is not shown here", param="key")
    examined, checks = server(url, contract, model=model, key=key), chosen(contract, only, skip)
    if not key and all(one.needs_key for one in checks):
        raise ConfigurationError("the chosen checks are all of keys: give one, as key= or --key-env", param="key")
    return examination(examined, checks, time.monotonic, _above_0("deadline", deadline))


def _transport(timeout: float) -> HttpTransport:
    seconds = _above_0("timeout", timeout)
    return HttpTransport(HttpSettings(timeout=seconds, connect_timeout=seconds), max_body=MAX_REPLY)


def _above_0(name: str, seconds: float) -> float:
    if not 0 < seconds < 1e6:
        raise ConfigurationError(f"{name} must be above 0 seconds, not {seconds}", param=name)
    return seconds
