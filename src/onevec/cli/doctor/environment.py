"""The variables that change what onevec does; values are shown only of those that cannot hold a secret."""

import difflib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from onevec.cli.doctor.findings import Asked, Finding, note, ok, problem

Shown = Literal["value", "path", "url", "set"]
"""A value as it is; as a path that has to be there; as a URL without user, password and query; only that it is set."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One that is read, by us or by a library of ours."""

    name: str
    does: str
    shown: Shown = "value"


VARIABLES = (
    Variable("ONEVEC_CONFIG", "configuration file of `serve`, of replicas on Ray, of `doctor` and completion", "path"),
    Variable("HF_HOME", "where models, the cache and the token of the hub are"),
    Variable("HF_HUB_CACHE", "where models of the hub are"),
    Variable("HF_HUB_OFFLINE", "1: the hub is never asked"),
    Variable("HF_ENDPOINT", "another address of the hub", "url"),
    Variable("HF_TOKEN", "token for private and gated models", "set"),
    Variable("HTTPS_PROXY", "proxy for https", "url"),
    Variable("HTTP_PROXY", "proxy for http", "url"),
    Variable("ALL_PROXY", "proxy for what has none of its own", "url"),
    Variable("NO_PROXY", "hosts that are reached without a proxy"),
    Variable("SSL_CERT_FILE", "certificates to trust instead of the system's", "path"),
    Variable("SSL_CERT_DIR", "a folder of them", "path"),
    Variable("RAY_ADDRESS", "the Ray cluster of `run --engine ray`", "url"),
    Variable("TIKTOKEN_CACHE_DIR", "where tiktoken keeps vocabularies"),
    Variable("OTEL_EXPORTER_OTLP_ENDPOINT", "where spans go", "url"),
    Variable("OTEL_EXPORTER_OTLP_HEADERS", "headers that go with them", "set"),
    Variable("NO_COLOR", "any value: tables without colours"),
    Variable("COLUMNS", "width of tables and help"),
)
"""Every variable beside the keys and base URLs of providers, which `onevec providers` lists."""

ROWS: Mapping[str, Variable] = {variable.name: variable for variable in VARIABLES}


@dataclass(frozen=True, slots=True)
class Variables:
    """Those that are set, and which of them name a file or folder that is not there."""

    values: Mapping[str, str]
    astray: frozenset[str] = frozenset()


def gather(asked: Asked) -> Variables:
    """Those that are read, and whatever else begins as ours do."""
    found = {name: value for name, value in asked.environ.items() if known(name) or name.startswith("ONEVEC_")}
    paths = ((name, value) for name, value in found.items() if (row := known(name)) and row.shown == "path")
    # os.path says no where pathlib raises: in a folder that this user may not enter.
    return Variables(found, frozenset(name for name, value in paths if not os.path.exists(value)))  # noqa: PTH110


def known(name: str) -> Variable | None:
    """The row of a variable; those of proxies may be in small letters."""
    return ROWS.get(name) or (ROWS.get(name.upper()) if name.endswith("_proxy") else None)


def judge(facts: Variables) -> Iterable[Finding]:
    """A line for each that is set; one of ours that nobody reads is perhaps misspelt."""
    if not facts.values:
        yield ok("none", "no variable changes what onevec does")
    for name, value in sorted(facts.values.items()):
        row = known(name)
        if row is None:
            near = difflib.get_close_matches(name, ROWS, n=1, cutoff=0.8)
            hint = f"did you mean {near[0]}?" if near else "right if a configuration names it (env:…)"
            yield note(name, "set, and onevec itself does not read it", hint)
        elif name in facts.astray:
            yield problem(name, f"{value} is not there ({row.does})", f"correct it, or unset {name}")
        else:
            yield ok(name, f"{SHOWN[row.shown](value)} ({row.does})")


def bare_url(value: str) -> str:
    """A URL without what may be secret in it.

    >>> bare_url("http://me:secret@proxy:3128/?key=1"), bare_url("proxy:3128"), bare_url("me:secret@proxy:3128")
    ('http://[hidden]@proxy:3128/', 'proxy:3128', '[hidden]@proxy:3128')
    """
    head, at, host = value.rpartition("@")
    scheme = f"{head.partition('://')[0]}://" if "://" in head else ""
    text = f"{scheme}[hidden]@{host}" if at else value
    return text.partition("?")[0].partition("#")[0]


def _hidden(_value: str) -> str:
    return "set, not shown"


def _whole(value: str) -> str:
    return value or "empty"


SHOWN: Mapping[Shown, Callable[[str], str]] = {"value": _whole, "path": _whole, "url": bare_url, "set": _hidden}
