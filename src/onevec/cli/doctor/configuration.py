"""The configuration of a server, where one is named or lies here: whether it is right, and what it serves."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from onevec.cli.completing import CONFIG_VARIABLE, DEFAULT_CONFIG, found_config
from onevec.cli.doctor.environment import bare_url
from onevec.cli.doctor.findings import Asked, Finding, ok, problem
from onevec.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Configuration:
    """What became of reading it.

    Attributes:
        path: Which file; None where there is none.
        deployments: Names and models.
        fault: What is wrong, with its line.
    """

    path: Path | None = None
    deployments: tuple[tuple[str, str], ...] = ()
    fault: str | None = None


def gather(asked: Asked) -> Configuration:
    """Read and check it as `onevec config check` does: nothing is loaded and nobody is called."""
    path = asked.config or found_config(asked.environ)
    if path is None:
        return Configuration()
    from onevec.cli.config import checked

    try:
        config = checked(path, asked.environ)
    except ConfigurationError as exc:
        return Configuration(path, fault=exc.message)
    served = tuple(
        (name, ", ".join(dict.fromkeys(_shown(target.model) for target in one.all_targets().values())))
        for name, one in config.deployments.items()
    )
    return Configuration(path, served)


def _shown(model: str) -> str:
    """A model's name; where it is a URL, without what may be secret in it."""
    return bare_url(model) if "://" in model else model


def judge(facts: Configuration) -> Iterable[Finding]:
    """Right or not, and a line for each deployment."""
    if facts.path is None:
        yield ok("file", f"none: neither --config, nor {CONFIG_VARIABLE}, nor {DEFAULT_CONFIG} in this folder")
    elif facts.fault is not None:
        yield problem(str(facts.path), facts.fault, f"onevec config check {facts.path}")
    else:
        yield ok(str(facts.path), f"right; it serves {len(facts.deployments)}")
        yield from (ok(name, model) for name, model in facts.deployments)
