"""From a reply that is no success to azure-core's exceptions, with all that its body says in `.error`.

Both shapes are read: ``{"error": {code, message}}`` and the service's reference ``{"error": "…", code, message, status,
param | detail: {loc, value}}``; and the others that :mod:`onevec.wires.faults` knows.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import urlsplit

import orjson
from azure.core.exceptions import (
    ClientAuthenticationError,
    DecodeError,
    HttpResponseError,
    ODataV4Format,
    ResourceExistsError,
    ResourceNotFoundError,
    ResourceNotModifiedError,
)

from onevec.exchange import HttpReply
from onevec.wires.faults import Fault, read_fault

ERRORS: Mapping[int, type[HttpResponseError]] = {
    304: ResourceNotModifiedError,
    401: ClientAuthenticationError,
    404: ResourceNotFoundError,
    409: ResourceExistsError,
}
"""Any other status that is not 200 is an `HttpResponseError`."""

SNIPPET = 200


@dataclass(frozen=True, slots=True)
class Detail:
    """The place of a fault in the request, as the service names it, and the value that stands there."""

    loc: tuple[str | int, ...]
    value: str | None = None


class ServiceFault(ODataV4Format):
    """What an error body says.

    Attributes:
        code: A word for programs, from the body or the header `x-ms-error-code`.
        message: For people.
        param: The parameter that it is about.
        detail: Its place and value, for a request that cannot be processed.
    """

    def __init__(self, body: Any, reply: HttpReply | None = None) -> None:
        # azure-core makes the inner faults of `details` itself, and those have no reply of their own.
        fault = read_fault(reply) if reply is not None else Fault()
        inner = _inner(body)
        known = {key: inner[key] for key in ("target", "details", "innererror") if inner.get(key)}
        # What the body itself calls so goes first: a code may be a number here.
        code, message = inner.get("code") or fault.code, inner.get("message") or fault.message
        super().__init__({**known, "code": code, "message": message})
        self.param = fault.param or (str(fault.loc[0]) if fault.loc else None)
        self.detail = Detail(fault.loc, fault.value) if fault.loc or fault.value else None


def _inner(body: Any) -> Mapping[str, Any]:
    first = body[0] if isinstance(body, list) and body else body
    outer: Mapping[str, Any] = first if isinstance(first, Mapping) else {}
    error = outer.get("error")
    return error if isinstance(error, Mapping) else outer


def raise_for(response: Any, error_map: Mapping[int, Any] | None = None) -> NoReturn:
    """Raise what a reply that is not a success means.

    Raises:
        HttpResponseError: or the class that `error_map` or `ERRORS` has for the status.
    """
    kinds: dict[int, Any] = {**ERRORS, **(error_map or {})}
    error = (kinds.get(response.status_code) or HttpResponseError)(response=response)
    if isinstance(error, HttpResponseError):
        _explain(error, response)
    raise error


def _explain(error: HttpResponseError, response: Any) -> None:
    """Fill in what azure-core could not read itself."""
    try:
        fault = ServiceFault(_json(response), _reply(response))
    except ValueError:  # neither a code nor a message: the exception says what is known
        return
    error.error = fault
    error.message = str(fault)
    error.args = (error.message, *error.args[1:])


def _json(response: Any) -> Any:
    try:
        return json.loads(response.text())
    except ValueError:
        return None


def _reply(response: Any) -> HttpReply:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return HttpReply(response.status_code, headers, response.content)


def read_json(response: Any) -> Any:
    """The JSON object of a success.

    Raises:
        DecodeError: there is none: an empty body, HTML, one that was cut off, a list.
    """
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        body = _read_slowly(response)
    if not isinstance(body, dict):
        raise bad_reply(f"a JSON {type(body).__name__} instead of an object", response)
    return body


def _read_slowly(response: Any) -> Any:
    """What orjson does not take and azure-core's clients always took: other charsets, a byte order mark, NaN."""
    try:
        return json.loads(response.text())
    except (LookupError, ValueError) as exc:
        raise bad_reply(f"{_what(response)} instead of JSON ({exc})", response) from exc


def bad_reply(what: str, response: Any) -> DecodeError:
    """The exception for a success that is none."""
    text = " ".join(response.content[: 4 * SNIPPET].decode("utf-8", "replace").split())
    begins = f"; it begins: {text[:SNIPPET]}" if text else ""
    at = urlsplit(response.request.url)
    return DecodeError(f"{at.hostname}{at.path} answered 200 and {what}{begins}", response=response)


def _what(response: Any) -> str:
    if not response.content:
        return "nothing"
    return "HTML" if response.content.lstrip()[:1] == b"<" else "something"
