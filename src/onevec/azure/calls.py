"""The calls of a client without the sending: a plan is a generator that yields requests and is sent their replies.

The blocking and the async client run the same plans; `run_plan` and `arun_plan` are all that differs.
"""

import base64
import io
import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any, Self, TypeAlias, TypeVar

import orjson
from azure.core.exceptions import ResourceNotFoundError
from azure.core.rest import HttpRequest
from azure.core.utils import case_insensitive_dict

from onevec.azure import faults
from onevec.azure.asked import Asked
from onevec.azure.endpoints import UNSET, Endpoint
from onevec.azure.models import EmbeddingsResult, ModelInfo
from onevec.types import Tokenizer

T = TypeVar("T")

Plan: TypeAlias = Generator[HttpRequest, Any, T]
"""Yields a request, is sent the reply to it, whatever its status, and returns the result."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a client may be constructed with and a call may say anew; None where nothing is said."""

    dimensions: int | None = None
    encoding_format: str | None = None
    input_type: str | None = None
    model: str | None = None
    model_extras: Mapping[str, Any] | None = None
    max_batch_size: int | None = None
    overflow: str | None = None
    tokenizer: Tokenizer | None = None
    max_input_tokens: int | None = None
    int8_scale: float | None = None

    def over(self, defaults: Self) -> Self:
        """These, and the defaults where nothing is said; extras that are empty say nothing."""
        said = {column.name: getattr(self, column.name) for column in fields(self)}
        filled = {name: getattr(defaults, name) if value is None else value for name, value in said.items()}
        return type(self)(**(filled | {"model_extras": self.model_extras or defaults.model_extras}))

    @property
    def asked(self) -> Asked:
        """What the answer has to know."""
        return Asked(self.encoding_format, self.dimensions, self.int8_scale)

    def body(self, inputs: Any) -> dict[str, Any]:
        """The request's JSON object: keys in the service's order, extras last, nothing that is None."""
        body = {
            "input": inputs,
            "dimensions": self.dimensions,
            "encoding_format": self.encoding_format,
            "input_type": self.input_type,
            "model": self.model,
            **(self.model_extras or {}),
        }
        return {name: value for name, value in body.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Options:
    """What a call may say about its request; what is left of its keywords is the pipeline's."""

    headers: Mapping[str, str]
    params: Mapping[str, str]
    content_type: str
    error_map: Mapping[int, Any]
    stream: bool

    @classmethod
    def taken_from(cls, keywords: dict[str, Any]) -> Self:
        """Take them out of the keywords of a call; `stream` stays there, for whoever runs the pipeline."""
        headers = case_insensitive_dict(keywords.pop("headers", None) or {})
        content_type = headers.pop("Content-Type", None)
        return cls(
            headers,
            keywords.pop("params", None) or {},
            keywords.pop("content_type", None) or content_type or "application/json",
            keywords.pop("error_map", None) or {},
            bool(keywords.get("stream")),
        )


@dataclass(frozen=True, slots=True)
class Route:
    """One route of an endpoint, and how it is called."""

    endpoint: Endpoint
    path: str
    options: Options

    def post(self, content: Any, *, extras: bool = False) -> HttpRequest:
        """A request with a body: bytes, an open file, or JSON."""
        more = {"extra-parameters": "pass-through"} if extras else {}
        headers = {"Accept": "application/json", **self.options.headers, **more}
        raw = content if isinstance(content, (bytes, io.IOBase)) else json.dumps(content, default=_encoded)
        headers["Content-Type"] = self.options.content_type
        return HttpRequest("POST", self._url, headers=headers, content=raw)

    def get(self) -> HttpRequest:
        """A request without a body."""
        return HttpRequest("GET", self._url, headers={"Accept": "application/json", **self.options.headers})

    @property
    def _url(self) -> str:
        return self.endpoint.address(self.path, self.options.params)

    def result(self, response: Any, asked: Asked) -> EmbeddingsResult:
        """The result in a reply.

        Raises:
            HttpResponseError: the reply is an error, or its body is not what a success has.
        """
        body = self.json(response)
        if not isinstance(body.get("data"), list) or not all(isinstance(item, dict) for item in body["data"]):
            raise faults.bad_reply("JSON without a list `data`", response)
        return EmbeddingsResult(body).answering(asked)

    def json(self, response: Any) -> Any:
        """The JSON object in a reply. Raises as `result`."""
        self.check(response)
        return faults.read_json(response)

    def check(self, response: Any) -> None:
        """Raise what a reply other than 200 means."""
        if response.status_code != 200:
            faults.raise_for(response, self.options.error_map)


def embed_body(route: Route, body: Any, asked: Asked) -> Plan[Any]:
    """One request whose body is the caller's own; the client's defaults stay out of it."""
    response = yield route.post(body)
    if route.options.stream:
        route.check(response)
        return response.iter_bytes()
    return route.result(response, asked)


def embed_input(route: Route, inputs: Any, parameters: Parameters) -> Plan[Any]:
    """One request for all inputs."""
    response = yield route.post(parameters.body(inputs), extras=bool(parameters.model_extras))
    if route.options.stream:
        route.check(response)
        return response.iter_bytes()
    return route.result(response, parameters.asked)


def model_info(route: Route) -> Plan[ModelInfo]:
    """What the endpoint says of its model."""
    response = yield route.get()
    try:
        return ModelInfo(route.json(response))
    except ResourceNotFoundError as error:
        error.message = "Model information is not available on this endpoint (`/info` route not supported)."
        raise


def asked_of(body: Any, int8_scale: float | None) -> Asked:
    """What a body of the caller's own asks for, where that can be read without using it up."""
    found = body if isinstance(body, Mapping) else _peeked(body)
    return Asked(found.get("encoding_format"), found.get("dimensions"), int8_scale)


def _peeked(body: Any) -> Mapping[str, Any]:
    try:
        raw = body
        if hasattr(body, "read"):
            at = body.tell()
            raw = body.read()
            body.seek(at)
        found = orjson.loads(raw)
    except (OSError, TypeError, ValueError):  # no JSON, or a stream that cannot be read twice
        return {}
    return found if isinstance(found, dict) else {}


def missing_input() -> TypeError:
    """The error of a call that says neither `body` nor `input`."""
    return TypeError("missing required argument: input")


def _encoded(value: Any) -> Any:
    """JSON for what `json` does not know."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "tolist"):  # numbers and arrays of numpy
        return value.tolist()
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


__all__ = ["UNSET", "Options", "Parameters", "Plan", "Route", "asked_of", "embed_body", "embed_input", "model_info"]
