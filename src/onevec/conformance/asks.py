"""Asks: the requests that checks send, as values. Two checks with the same ask share its one reply."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeAlias
from urllib.parse import urlencode

from onevec.target import Auth

Pairs: TypeAlias = tuple[tuple[str, str], ...]

TEXTS = (
    "The ultimate answer to the question of life",
    "The largest planet in our solar system is Jupiter",
    "a cute baby sea otter",
)
"""Told apart by any model."""

PATH = "/embeddings"

ACCEPT: Pairs = (("accept", "application/json"),)
JSON_TYPE: Pairs = (("content-type", "application/json"), *ACCEPT)

NO_MODEL = "onevec-check-no-such-model"

WRONG_KEY = "onevec-check-a-wrong-key"


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, before it is known where it goes and with which key.

    Attributes:
        method: Of HTTP.
        path: Behind the URL that is checked.
        body: As it is sent, but for the model.
        headers: All but those of the key; names in lower case.
        query: Parameters instead of the contract's own, such as its `api-version`.
        auth: How the key is sent, instead of the contract's own way.
        key: Instead of the caller's.
        named: Whether the body is given the field `model`, where the caller names one.
        turn: Tells asks apart that are otherwise equal, so that both are sent.
    """

    method: str
    path: str
    body: bytes = b""
    headers: Pairs = field(default=JSON_TYPE, repr=False)
    query: Pairs | None = None
    auth: Auth | None = None
    key: str | None = field(default=None, repr=False)
    named: bool = True
    turn: int = 0

    def with_headers(self, **headers: str) -> Self:
        """The same with these headers; an underscore stands for a hyphen."""
        changed = dict(self.headers) | {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers=tuple(changed.items()))

    def with_model(self, model: str | None) -> bytes:
        """The body with the model in it; every other byte stays as it is, escapes and faults too."""
        if model is None or not self.named or not self.body.startswith(b"{"):
            return self.body
        rest = self.body[1:].lstrip()
        return b'{"model": ' + json.dumps(model).encode() + (b"" if rest == b"}" else b", ") + rest

    def __str__(self) -> str:
        """For people: the method, the path, what is special about query and headers, the beginning of the body."""
        query = "" if self.query is None else f"?{urlencode(self.query)}"
        special = [f"{name}: {value}" for name, value in self.headers if (name, value) not in JSON_TYPE]
        text = self.body.decode("utf-8", "replace").replace(json.dumps(TEXTS), "[…]")
        text = text if len(text) <= 60 else f"{text[:59]}…"
        return " ".join(filter(None, (self.method, self.path + query, *special, text)))


def post(path: str, fields: Mapping[str, Any], *, escaped: bool = False) -> Ask:
    """A request with this JSON; `escaped` writes it in ASCII."""
    return Ask("POST", path, json.dumps(fields, ensure_ascii=escaped).encode())


def get(path: str) -> Ask:
    """A request without a body."""
    return Ask("GET", path, headers=ACCEPT)


def embed(**fields: Any) -> Ask:
    """A request for the vectors of :data:`TEXTS`, or of another `input`."""
    return post(PATH, fields if "input" in fields else fields | {"input": list(TEXTS)})


def raw(body: bytes) -> Ask:
    """A request with this body, whatever it is."""
    return Ask("POST", PATH, body, named=False)


PLAIN = embed(encoding_format="float")
"""What most checks compare with."""

ALONE = tuple(embed(input=[text], encoding_format="float") for text in TEXTS)
"""Each text in a request of its own."""
