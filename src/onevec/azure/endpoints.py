"""ENDPOINTS: what the service wants to be called like, by the end of the endpoint's path."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from onevec.errors import ConfigurationError

API_VERSION = "2024-05-01-preview"
SCOPE = "https://ml.azure.com/.default"
UNSET: Any = object()
"""Not given, where None means something."""


@dataclass(frozen=True, slots=True)
class EndpointKind:
    """One kind of endpoint: the end of its path, its `api-version` (None: it takes none), its token scope."""

    suffix: str
    api_version: str | None = API_VERSION
    scope: str = SCOPE


ENDPOINTS = (
    # The successor of the Azure AI model inference API: OpenAI's paths and no dated version.
    EndpointKind("/openai/v1", api_version=None, scope="https://ai.azure.com/.default"),
    EndpointKind(""),  # …services.ai.azure.com/models, serverless and managed endpoints
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a client calls: `url` as the user gave it, the version and scopes that hold there."""

    url: str
    api_version: str | None
    scopes: tuple[str, ...]

    def address(self, path: str, params: Mapping[str, str]) -> str:
        """The URL of a route; the endpoint's own query comes first and stays.

        >>> at = Endpoint("https://h/models/?tenant=a", "2024-05-01-preview", ())
        >>> at.address("/embeddings", {})
        'https://h/models/embeddings?tenant=a&api-version=2024-05-01-preview'
        """
        versioned = dict(params)
        if self.api_version is not None:
            versioned = {name: value for name, value in versioned.items() if name.lower() != "api-version"}
            versioned["api-version"] = quote(self.api_version, safe="")
        # azure's clients send params as they are, so those who need them quoted have quoted them.
        query = "&".join(f"{name}={value}" for name, value in versioned.items())
        return self.join(f"{path}?{query}" if query else path)

    def join(self, url: str) -> str:
        """A relative URL at this endpoint, both queries kept; one with a host of its own stays as it is."""
        if urlsplit(url).netloc:
            return url
        parts = urlsplit(self.url)
        path, _, query = url.partition("?")
        whole = "&".join(part for part in (parts.query, query) if part)
        return parts._replace(path=f"{parts.path.rstrip('/')}/{path.lstrip('/')}", query=whole, fragment="").geturl()


def endpoint_of(url: str, api_version: Any = UNSET, scopes: Any = None) -> Endpoint:
    """The endpoint of a URL, refused at once where nothing could be sent to it.

    Raises:
        ConfigurationError: no http(s) URL with a host.
    """
    if url is None:
        raise ConfigurationError("Parameter 'endpoint' must not be None.", param="endpoint")
    if not isinstance(url, str) or not _is_http(url):
        raise ConfigurationError(
            f"endpoint must be an http(s) URL such as https://RESOURCE.services.ai.azure.com/models, not {_shown(url)}",
            param="endpoint",
        )
    path = urlsplit(url).path.rstrip("/").lower()
    kind = next(kind for kind in ENDPOINTS if path.endswith(kind.suffix))
    version = kind.api_version if api_version is UNSET else api_version
    wanted = (scopes,) if isinstance(scopes, str) else tuple(scopes or (kind.scope,))
    return Endpoint(url, version, wanted)


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0 and " " not in url
    except ValueError:  # a port that is none, a bracket that does not close
        return False


def _shown(url: object) -> str:
    """The beginning of what was given, without anything that could be a password in it."""
    text = repr(url) if isinstance(url, str) and "@" not in url else f"a {type(url).__name__}"
    return text if len(text) <= 80 else f"{text[:79]}…"
