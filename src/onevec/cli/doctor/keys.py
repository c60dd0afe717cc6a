"""Which providers have a key here: by the names of variables, never by anything of what they hold."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from onevec.cli.doctor.findings import Asked, Finding, note, ok, problem
from onevec.errors import ConfigurationError
from onevec.providers import PROVIDERS, ProviderMetadata, resolve_base, resolve_key
from onevec.providers.keys import AWS_KEY


@dataclass(frozen=True, slots=True)
class Access:
    """How one provider would be called.

    Attributes:
        provider: Its name.
        variables: Those that hold its key.
        base: Its base URL; None where it is not known.
        fault: What is wrong with the key, or what is missing for the URL.
        broken: Whether that is of the key itself, and not only of a setting beside it.
    """

    provider: str
    variables: tuple[str, ...]
    base: str | None = None
    fault: str | None = None
    broken: bool = False


def gather(asked: Asked) -> list[Access]:
    """Every provider for which a variable holds a key."""
    return found(asked.environ)


def found(environ: Mapping[str, str]) -> list[Access]:
    """The same from an environment; pure."""
    rows = (row for row in PROVIDERS.values() if row.embedding)
    return [_access(row, variables, environ) for row in rows if (variables := holding(row, environ))]


def holding(row: ProviderMetadata, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The variables with a key of this provider: the one that is used, or both halves of Amazon's."""
    for variable in row.env_key:
        if environ.get(variable, "").strip():
            return (variable,)
    signed = bool(row.signing) and all(environ.get(name, "").strip() for name in AWS_KEY)
    return AWS_KEY if signed else ()


def _access(row: ProviderMetadata, variables: tuple[str, ...], environ: Mapping[str, str]) -> Access:
    try:
        resolve_key(row, None, environ)
    except ConfigurationError as exc:
        return Access(row.name, variables, fault=exc.message, broken=True)
    try:
        return Access(row.name, variables, resolve_base(row, None, environ))
    except ConfigurationError as exc:
        return Access(row.name, variables, fault=exc.message)


def judge(facts: list[Access]) -> Iterable[Finding]:
    """A line for each; without any, only this machine embeds."""
    if not facts:
        yield ok("none", "only local models can be used; `onevec providers` names the variables of the others")
    for one in facts:
        held = f"{' and '.join(one.variables)} {'are' if len(one.variables) > 1 else 'is'} set"
        if one.broken:
            yield problem(one.provider, f"{one.fault}", f"set {' and '.join(one.variables)} again, in one line")
        elif one.fault:
            yield note(one.provider, f"{held}; {one.fault}")
        else:
            yield ok(one.provider, held)
