"""CONTRACTS: a row a dialect; and which of its checks are meant."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from onevec.conformance.azure import AZURE
from onevec.conformance.contract import Contract
from onevec.conformance.openai import OPENAI
from onevec.conformance.rows import Check
from onevec.errors import ConfigurationError

CONTRACTS: Mapping[str, Contract] = {contract.name: contract for contract in (AZURE, OPENAI)}


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


def chosen(contract: Contract, only: str | Iterable[str] = (), skip: str | Iterable[str] = ()) -> tuple[Check, ...]:
    """The checks whose name, group or pattern is among `only`, where there are any, and not among `skip`.

    >>> [check.name for check in chosen(AZURE, only="usage", skip=["usage.s*"])]
    ['usage.fields', 'usage.positive', 'usage.total']

    Raises:
        ConfigurationError: a word that fits no check, or no check is left.
    """
    wanted, unwanted = _names(contract, only, "only"), _names(contract, skip, "skip")
    kept = tuple(check for check in contract.checks if check.name in (wanted or {check.name}) - unwanted)
    if not kept:
        raise ConfigurationError("no check is left: 'skip' names all of those that 'only' names", param="skip")
    return kept


def _names(contract: Contract, words: str | Iterable[str], param: str) -> set[str]:
    """The names that words fit."""
    found: set[str] = set()
    for word in (words,) if isinstance(words, str) else words:
        fitting = {check.name for check in contract.checks if _fits(check.name, word)}
        if not fitting:
            groups = ", ".join(dict.fromkeys(check.name.partition(".")[0] for check in contract.checks))
            raise ConfigurationError(
                f"no check is called {word[:60]!r}: name one, a group ({groups}), or a pattern such as 'encoding.*'",
                param=param,
            )
        found |= fitting
    return found


def _fits(name: str, word: str) -> bool:
    return name == word or name.startswith(f"{word}.") or fnmatchcase(name, word)
