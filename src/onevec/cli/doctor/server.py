"""A server that runs: whether it takes work, its version, its models."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from onevec.cli.doctor.environment import bare_url
from onevec.cli.doctor.findings import Asked, Finding, note, ok, problem
from onevec.errors import ProviderError
from onevec.exchange import HttpRequest

DEFAULT = "http://127.0.0.1:8080"

SECONDS = 5.0
"""For an answer; one of this machine comes in milliseconds."""

MOST = 8 << 20
"""Bytes of an answer; our description has some hundred thousand."""


@dataclass(frozen=True, slots=True)
class Server:
    """What a server has told of itself.

    Attributes:
        url: Where it is.
        named: Whether an option names it, so that it ought to be there.
        health: The word of its health; None where there is no server, and empty where it is none of ours.
        version: Its version; None where it keeps its description to itself.
        models: What it serves; None where it asks for a key first.
        fault: Why it could not be asked.
    """

    url: str
    named: bool
    health: str | None = None
    version: str | None = None
    models: tuple[str, ...] | None = None
    fault: str | None = None


def gather(asked: Asked) -> Server:
    """Ask it for its health, its description and its models, without a key."""
    from onevec.transport import HttpSettings, HttpTransport

    url, named = (asked.url or DEFAULT).rstrip("/"), asked.url is not None
    # What an option names goes the way of every other call; this machine is reached without a proxy.
    settings = HttpSettings(timeout=SECONDS, connect_timeout=SECONDS, proxy=None if named else "")
    with HttpTransport(settings, max_body=MOST) as transport:

        def answer(path: str) -> tuple[int, Any]:
            reply = transport.send(HttpRequest("GET", url + path, {"accept": "application/json"}))
            try:
                return reply.status, json.loads(reply.body)
            except (ValueError, RecursionError):
                return reply.status, None

        try:
            health = _word(answer("/health/ready")[1])
            if not health:
                return Server(url, named, "")
            _, description = answer("/openapi.json")
            status, listed = answer("/v1/models")
        except ProviderError as exc:
            return Server(url, named, fault=exc.message)
    return Server(url, named, health, _version(description), _models(listed) if status == 200 else None)


def _word(body: Any) -> str:
    """`ready`, or the code of a refusal, as our own servers say it; empty for anybody else's words."""
    found = (body.get("status"), body.get("code")) if isinstance(body, dict) else ()
    return next((word for word in found if word in ("ready", "draining")), "")


def _version(description: Any) -> str | None:
    info = description.get("info") if isinstance(description, dict) else None
    version = info.get("version") if isinstance(info, dict) else None
    return version[:40] if isinstance(version, str) else None


def _models(listed: Any) -> tuple[str, ...]:
    rows = listed.get("data") if isinstance(listed, dict) else None
    return tuple(str(row.get("id"))[:100] for row in (rows if isinstance(rows, list) else ()) if isinstance(row, dict))


def judge(facts: Server) -> Iterable[Finding]:
    """Whether it is there, and what it serves."""
    url = bare_url(facts.url)
    if facts.fault is not None and facts.named:
        yield problem(url, facts.fault, "start it (`onevec serve`), or name another with --url")
    elif facts.fault is not None:
        yield ok(url, "none runs here; --url names another")
    elif not facts.health:
        make = problem if facts.named else note
        yield make(url, "something answers there that is no server of onevec", "name ours with --url")
    elif facts.health != "ready":
        yield note(url, "it is shutting down, and takes no more work")
    else:
        version = f"version {facts.version}" if facts.version else "its version is kept to itself"
        models = "it asks for a key before it lists its models" if facts.models is None else ", ".join(facts.models)
        yield ok(url, f"ready; {version}; {models}")
