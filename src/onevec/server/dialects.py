"""DIALECTS and ROUTES: which path speaks which wire, and what lies behind it. A new route is a row."""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import parse_qs

from onevec.errors import InvalidRequestError
from onevec.wires import WIRES, Wire

Kind: TypeAlias = Literal[
    "embeddings", "images", "info", "models", "model", "live", "ready", "metrics", "openapi", "docs", "unknown"
]
"""What lies behind a route: a row of :data:`onevec.server.app.HANDLERS`."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way to talk to the server.

    Attributes:
        name: For logs and metrics.
        wire: How bodies and errors are written.
        check_query: Refuses a query string that the dialect does not allow.
        one_model: Whether a server with one model serves it whatever model the client names.
    """

    name: str
    wire: Wire
    check_query: Callable[[bytes], None]
    one_model: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """One path. `{name}` in it is a variable part; `auth` says whether a caller has to show who he is."""

    method: Literal["GET", "POST"]
    path: str
    dialect: Dialect
    kind: Kind
    auth: bool = True


VERSION = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(-preview)?"
"""What an `api-version` looks like."""


@functools.lru_cache(maxsize=256)
def _version(query: bytes) -> str | None:
    """The one `api-version` of a query string; an empty text when there are several."""
    found = parse_qs(query[:2048].decode("latin-1"), keep_blank_values=True).get("api-version")
    return None if found is None else found[0] if len(found) == 1 else ""


def check_version(query: bytes) -> None:
    """Require a well-formed `api-version`; any version is answered alike.

    Raises:
        InvalidRequestError: missing, repeated, or not a date with or without ``-preview``.
    """
    version = _version(query)
    if version is None:
        raise InvalidRequestError(
            "the query parameter api-version is missing: add ?api-version=2024-05-01-preview",
            param="api-version",
            code="missing_api_version",
        )
    if not re.fullmatch(VERSION, version):
        raise InvalidRequestError(
            "the query parameter api-version must be a date, as 2024-05-01 or 2024-05-01-preview",
            param="api-version",
            code="invalid_api_version",
            value=version[:60],
        )


def _any_query(_query: bytes) -> None:
    """OpenAI's own routes have no query; Azure's OpenAI routes carry a version that changes nothing here."""


AZURE = Dialect("azure", WIRES["azure"], check_version, one_model=True)
OPENAI = Dialect("openai", WIRES["openai"], _any_query)
PLAIN = Dialect("onevec", WIRES["azure"], _any_query)
"""Our own pages; their errors are written as Azure's."""

DIALECTS = (AZURE, OPENAI, PLAIN)

ROUTES: tuple[Route, ...] = (
    Route("POST", "/embeddings", AZURE, "embeddings"),
    Route("POST", "/models/embeddings", AZURE, "embeddings"),
    Route("POST", "/images/embeddings", AZURE, "images"),
    Route("POST", "/models/images/embeddings", AZURE, "images"),
    Route("GET", "/info", AZURE, "info"),
    Route("GET", "/models/info", AZURE, "info"),
    Route("POST", "/v1/embeddings", OPENAI, "embeddings"),
    Route("POST", "/openai/v1/embeddings", OPENAI, "embeddings"),
    Route("POST", "/openai/deployments/{name}/embeddings", OPENAI, "embeddings"),
    Route("GET", "/v1/models", OPENAI, "models"),
    Route("GET", "/openai/v1/models", OPENAI, "models"),
    Route("GET", "/openai/models", OPENAI, "models"),
    Route("GET", "/v1/models/{name:path}", OPENAI, "model"),
    Route("GET", "/openai/v1/models/{name:path}", OPENAI, "model"),
    Route("GET", "/openai/models/{name:path}", OPENAI, "model"),
    Route("GET", "/health/live", PLAIN, "live", auth=False),
    Route("GET", "/health/ready", PLAIN, "ready", auth=False),
    Route("GET", "/metrics", PLAIN, "metrics"),
    Route("GET", "/openapi.json", PLAIN, "openapi", auth=False),
    Route("GET", "/docs", PLAIN, "docs", auth=False),
)


def unknown(*, openai: bool) -> Route:
    """What answers a path that is in no row."""
    return Route("GET", "unknown", OPENAI if openai else PLAIN, "unknown", auth=False)
