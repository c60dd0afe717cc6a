"""Drives a client of `azure.ai.inference` and ours through one scenario, and tells what went out and what came back."""

import asyncio
import importlib
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from azure.core.credentials import AccessToken, AzureKeyCredential
from azure.core.exceptions import AzureError

from .recorder import Answer, Recorder, embeddings

ORIGINAL = "azure.ai.inference"
OURS = "onevec.azure"


class Token:
    """A token credential, blocking or async."""

    def __init__(self, log: list[Any]) -> None:
        self._log = log

    def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken:
        self._log.append(scopes)
        return AccessToken("a-token", 4_000_000_000)


class AsyncToken(Token):
    async def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken:  # type: ignore[override]
        return super().get_token(*scopes, **kwargs)


@dataclass(frozen=True)
class Side:
    """One of the two packages, blocking or async."""

    package: str
    is_async: bool
    url: str
    log: list[Any] = field(default_factory=list)

    @property
    def models(self) -> Any:
        return importlib.import_module(f"{self.package}.models")

    @property
    def clients(self) -> Any:
        return importlib.import_module(f"{self.package}.aio" if self.is_async else self.package)

    def token(self) -> Token:
        return (AsyncToken if self.is_async else Token)(self.log)


Made = Mapping[str, Any] | Callable[[Side], Mapping[str, Any]]
"""Keywords, or what makes them for a side."""


@dataclass(frozen=True)
class Step:
    """One call of a method of the client."""

    method: str = "embed"
    keywords: Made = field(default_factory=dict)
    arguments: Callable[[Side], Sequence[Any]] = lambda side: ()


def embed(arguments: Made | None = None, /, **keywords: Any) -> Step:
    return Step("embed", keywords if arguments is None else arguments)


def no_close(side: Side, client: Any) -> None:
    """Nothing to be done between two calls."""


@dataclass(frozen=True)
class Scenario:
    """What is done, what the server answers, and which differences are improvements.

    `differs` are the places (dotted, of what :func:`outcome` tells) where the two may and must differ; `improves` is
    the row of IMPROVEMENTS that says why.
    """

    name: str
    steps: Sequence[Step] = (embed(input=["one", "two"]),)
    answers: Sequence[Answer] = (embeddings,)
    client: str = "EmbeddingsClient"
    construct: Made = field(default_factory=dict)
    endpoint: Callable[[str], Any] = lambda url: url
    credential: Callable[[Side], Any] = lambda side: AzureKeyCredential("the-key")
    before: Callable[[int, Any], None] = lambda step, credential: None
    improves: str | None = None
    differs: frozenset[str] = frozenset()


def outcome(scenario: Scenario, package: str, is_async: bool, recorder: Recorder) -> dict[str, Any]:
    """Everything that can be seen of a scenario, flat: dotted place to value."""
    recorder.script(*scenario.answers)
    side = Side(package, is_async, recorder.url)
    seen: dict[str, Any] = {}
    try:
        returned = asyncio.run(_arun(scenario, side)) if is_async else _run(scenario, side)
        for number, value in enumerate(returned):
            seen |= flat(described(value), f"returned.{number}")
    except (AzureError, ValueError, TypeError, OSError, KeyError) as error:
        seen |= flat(raised(error), "raised")
    for number, request in enumerate(recorder.requests):
        seen |= flat(wired(request), f"wire.{number}")
    seen["tries"] = len(recorder.requests)
    seen |= flat(side.log, "log")
    return {place: _neutral(value, recorder) for place, value in seen.items()}


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Places where the two do not agree."""
    places = sorted(one.keys() | other.keys())
    return {
        at: (one.get(at), other.get(at))
        for at in places
        if one.get(at) != other.get(at) or (at in one) != (at in other)
    }


def _made(what: Made, side: Side) -> dict[str, Any]:
    return dict(what(side) if callable(what) else what)


def _constructed(scenario: Scenario, side: Side) -> tuple[Any, Any]:
    credential = scenario.credential(side)
    keywords = {"retry_backoff_factor": 0, **_made(scenario.construct, side)}
    return getattr(side.clients, scenario.client)(scenario.endpoint(side.url), credential, **keywords), credential


def _run(scenario: Scenario, side: Side) -> list[Any]:
    client, credential = _constructed(scenario, side)
    with client:
        returned = []
        for number, step in enumerate(scenario.steps):
            scenario.before(number, credential)
            value = getattr(client, step.method)(*step.arguments(side), **_made(step.keywords, side))
            returned.append(value if not _is_stream(value) else b"".join(value))
        return [client, *returned]


async def _arun(scenario: Scenario, side: Side) -> list[Any]:
    client, credential = _constructed(scenario, side)
    if asyncio.iscoroutine(client):
        client = await client
    async with client:
        returned = []
        for number, step in enumerate(scenario.steps):
            scenario.before(number, credential)
            value = await getattr(client, step.method)(*step.arguments(side), **_made(step.keywords, side))
            returned.append(value if not _is_stream(value) else b"".join([part async for part in value]))
        return [client, *returned]


def _is_stream(value: Any) -> bool:
    return hasattr(value, "__next__") or hasattr(value, "__anext__")


def described(value: Any) -> Any:
    """A returned value with all that a program can read of it."""
    if hasattr(value, "status_code"):
        return {"status": value.status_code, "text": value.text()}
    if not hasattr(value, "as_dict"):
        return {"type": type(value).__name__, "str": str(value)}
    names = ("id", "model", "usage", "data", "model_name", "model_type", "model_provider_name", "embedding", "index")
    names += ("prompt_tokens", "total_tokens", "image", "text")
    found: dict[str, Any] = {"type": type(value).__name__, "str": str(value), "repr": repr(value)}
    found |= {"dict": str(value.as_dict()), "keys": str(list(value)), "in": "object" in value, "len": len(value)}
    found["get"] = str(value.get("nothing", "default"))
    for name in (name for name in names if hasattr(value, name)):
        inner = getattr(value, name)
        parts = inner if isinstance(inner, list) and inner and hasattr(inner[0], "as_dict") else [inner]
        for at, part in enumerate(parts):
            found[f"{name}{at}"] = described(part) if hasattr(part, "as_dict") else repr(part)
    return found


def raised(error: BaseException) -> dict[str, Any]:
    """An exception with all that a program can read of it."""
    kinds = [kind.__name__ for kind in type(error).__mro__ if kind.__module__ in ("azure.core.exceptions", "builtins")]
    fault = getattr(error, "error", None)
    return {
        "kinds": ", ".join(kinds),
        "str": str(error),
        "message": getattr(error, "message", None),
        "status": getattr(error, "status_code", None),
        "reason": getattr(error, "reason", None),
        "has_response": getattr(error, "response", None) is not None,
        "code": getattr(fault, "code", None),
        "fault": getattr(fault, "message", None),
        "target": getattr(fault, "target", None),
    }


def wired(request: Any) -> dict[str, Any]:
    headers = dict(request.headers)
    given = headers.get("x-ms-client-request-id", "")
    headers["x-ms-client-request-id"] = "one" if re.fullmatch(r"[0-9a-f-]{36}", given) else given
    # Our own fragment is at the end; a test of its own looks at it.
    headers["user-agent"] = headers.get("user-agent", "").removesuffix(" onevec/0.1.0")
    at = f"{request.method} {request.path}?{request.query}"
    return {"at": at, "headers": headers, "body": request.body}


def flat(value: Any, place: str) -> dict[str, Any]:
    """Nested dictionaries and lists as one, by dotted place."""
    if isinstance(value, (dict, list, tuple)):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        found: dict[str, Any] = {}
        for key, inner in pairs:
            found |= flat(inner, f"{place}.{key}")
        return found
    return {place: value}


def _neutral(value: Any, recorder: Recorder) -> Any:
    """Without what differs from run to run: addresses in memory, the names of the packages."""
    if not isinstance(value, str):
        return value
    text = re.sub(r"0x[0-9a-f]+", "0x", value)
    return re.sub(r"azure\.ai\.inference(\.aio)?\._patch\.|onevec\.azure\.(client|aio)\.", "", text)


def opened(content: bytes) -> io.BytesIO:
    return io.BytesIO(content)
