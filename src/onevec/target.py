"""Target: what a wire has to know to address one provider, put together from a row, a key and a user's options."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote, urlencode, urlsplit

from onevec.errors import UnsupportedModalityError, UnsupportedParameterError
from onevec.images import ImageInput, LinkedImage
from onevec.types import EmbedRequest, InputType

Auth = Literal["bearer", "api-key", "both", "x-goog-api-key", "none"]
"""How a key is sent: `Authorization: Bearer`, the header `api-key`, both of them, Google's header, or not at all."""

_AUTH_HEADERS: Mapping[Auth, tuple[tuple[str, str], ...]] = {
    "bearer": (("authorization", "Bearer "),),
    "api-key": (("api-key", ""),),
    "both": (("authorization", "Bearer "), ("api-key", "")),
    "x-goog-api-key": (("x-goog-api-key", ""),),
    "none": (),
}

SECRET_WORDS = ("auth", "cookie", "key", "pass", "secret", "sig", "token", "code")
"""A header or query parameter whose name holds one of these carries a secret."""

SHORTEST_SECRET = 4
"""A shorter one guards nothing, and striking it out would leave holes in ordinary words."""


@dataclass(frozen=True, slots=True)
class Target:
    """One provider, ready to be called.

    Attributes:
        provider: Its name, for errors.
        base: Its URL without the query; ``{model}`` in it stands for the model's name.
        key: The API key, never shown.
        auth: How the key is sent.
        headers: Further headers, names in lower case; they win over ours.
        query: Further query parameters, the URL's own among them.
        parameters: What it understands beyond model and input: ``dimensions``, ``input_type``, ``base64`` (as
            encoding_format), ``truncate`` (it cuts long texts, or refuses them, as it is told) and ``extra`` (any
            other word).
        dimensions_name: What it calls `dimensions`.
        account: Fields of a request that say whose it is, such as a project; a call's own extras win over them.
        secrets: What must never be shown beyond the key, such as a session token.
    """

    provider: str
    base: str
    key: str | None = field(default=None, repr=False)
    auth: Auth = "bearer"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    parameters: frozenset[str] = frozenset({"dimensions", "base64", "extra"})
    dimensions_name: str = "dimensions"
    account: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def url(self, path: str, model: str) -> str:
        """The address of a route.

        >>> Target("azure", "https://h/models/", query=(("api-version", "1"),)).url("/embeddings", "m")
        'https://h/models/embeddings?api-version=1'
        >>> Target("azureopenai", "https://h/deployments/{model}").url("/embeddings", "my model")
        'https://h/deployments/my%20model/embeddings'
        >>> Target("gemini", "https://h").url("/models/{model}:batchEmbedContents", "m")
        'https://h/models/m:batchEmbedContents'
        """
        query = f"?{urlencode(self.query)}" if self.query else ""
        return (self.base.rstrip("/") + path).replace("{model}", quote(model, safe="")) + query

    def request_headers(self, **more: str) -> dict[str, str]:
        """Headers of a JSON request: ours, the key, `more` (an underscore stands for a hyphen), then the user's."""
        key = {name: prefix + self.key for name, prefix in _AUTH_HEADERS[self.auth]} if self.key else {}
        further = {name.replace("_", "-"): value for name, value in more.items()}
        return {"content-type": "application/json", "accept": "application/json"} | key | further | dict(self.headers)

    @property
    def host(self) -> str:
        """Where the calls go, for messages."""
        return urlsplit(self.base).hostname or self.base

    def redact(self, text: str) -> str:
        """The text without any secret of this target, as it is or as JSON and URLs escape it."""
        for secret in sorted(self._secrets(), key=len, reverse=True):
            text = re.sub("".join(map(_spelt, secret)), "[redacted]", text)
        return text

    def _secrets(self) -> set[str]:
        values = {value for name, value in (*self.headers.items(), *self.query) if is_secret(name)}
        values |= {value.partition(" ")[2] for value in values} | {self.key or "", *self.secrets}
        return {value for value in values if len(value) >= SHORTEST_SECRET}


def _spelt(one: str) -> str:
    r"""A pattern of a character in its spellings: ``/``, and ``\/``, ``\u002f``, ``%2F``; nobody escapes letters."""
    plain = re.escape(one)
    return plain if one.isalnum() or one in "-._~" else rf"(?:\\?{plain}|(?i:\\u{ord(one):04x}|%{ord(one):02x}))"


def is_secret(name: str) -> bool:
    """Whether a header, or a parameter of a URL, of that name holds a secret."""
    return any(word in name.lower() for word in SECRET_WORDS)


def check_parameters(request: EmbedRequest, target: Target) -> None:
    """Refuse what the provider would ignore or choke on, before it is called.

    Raises:
        UnsupportedParameterError: `dimensions`, an `input_type` other than text, or an extra that it does not have.
    """
    if request.dimensions is not None:
        _require("dimensions", "dimensions", str(request.dimensions), target)
    if request.input_type not in (None, InputType.TEXT):
        _require("input_type", "input_type", str(request.input_type), target)
    for name in request.extra:
        _require("extra", name, None, target)


def texts(request: EmbedRequest, target: Target) -> list[str]:
    """The inputs of a provider that takes texts only.

    Raises:
        UnsupportedParameterError: token ids; `loc` is the first of them.
        UnsupportedModalityError: an image; likewise.
    """
    for index, one in enumerate(request.inputs):
        if isinstance(one, (ImageInput, LinkedImage)):
            raise UnsupportedModalityError(
                f"{target.provider} takes texts, and inputs[{index}] is an image",
                provider=target.provider,
                loc=("inputs", index),
            )
        if not isinstance(one, str):
            raise UnsupportedParameterError(
                f"{target.provider} takes texts, and inputs[{index}] is a list of token ids: send its text",
                provider=target.provider,
                loc=("inputs", index),
            )
    return [one for one in request.inputs if isinstance(one, str)]


def _require(parameter: str, name: str, value: str | None, target: Target) -> None:
    if parameter in target.parameters:
        return
    raise UnsupportedParameterError(
        f"{target.provider} has no parameter {name}: leave it out, or take another provider"
        f"{_listed(target.parameters - {'base64', 'truncate', 'extra'})}",
        provider=target.provider,
        param=name,
        value=value,
    )


def _listed(parameters: Iterable[str]) -> str:
    names = ", ".join(sorted(parameters))
    return f" (it has {names})" if names else ""
