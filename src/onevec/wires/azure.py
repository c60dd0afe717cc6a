"""The Azure AI model inference wire: `POST {endpoint}/embeddings?api-version=…`.

Source: https://learn.microsoft.com/rest/api/aifoundry/model-inference/get-embeddings
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson

from onevec.errors import ContentFilterError, InvalidRequestError, OnevecError
from onevec.exchange import HttpReply, HttpRequest
from onevec.requests import text_inputs
from onevec.target import Target, check_parameters
from onevec.types import EmbedRequest, Encoding
from onevec.wires import body as request_body
from onevec.wires import faults, items
from onevec.wires.items import Answer
from onevec.wires.openai import error_headers, reply_fields
from onevec.wires.wire import Outgoing, Wire

PASS_THROUGH = "pass-through"  # noqa: S105 - a word of the header `extra-parameters`
DROP = frozenset({"drop", "ignore"})
"""The vendor's client says the first, its reference the second."""

ERROR = "error"
MODES = DROP | {ERROR, PASS_THROUGH}
"""What the header `extra-parameters` may say."""


def encode_request(request: EmbedRequest, target: Target) -> HttpRequest:
    """The request, its keys in the order in which the vendor's own client sends them, extras last.

    Raises:
        UnsupportedParameterError: the endpoint has no such parameter.
    """
    return written("/embeddings", [*text_inputs(request, target.provider)], request, target)


def written(path: str, inputs: list[Any], request: EmbedRequest, target: Target) -> HttpRequest:
    """The request for a route of the API with these inputs."""
    check_parameters(request, target)
    fields = {
        "input": inputs,
        "dimensions": request.dimensions,
        "encoding_format": _asked(request.encoding, target),
        "input_type": request.input_type,
        "model": request.model or None,
    }
    body = {name: value for name, value in fields.items() if value is not None} | dict(request.extra)
    more = {"extra_parameters": PASS_THROUGH} if request.extra else {}
    url = target.url(path, request.model)
    return HttpRequest("POST", url, target.request_headers(**more), request_body.written(body))


def _asked(encoding: Encoding | None, target: Target) -> Encoding | None:
    """Models differ in the encodings that they have, so none is asked for that the caller did not ask for."""
    if encoding in (None, Encoding.FLOAT):
        return Encoding.BASE64 if "base64" in target.parameters else None
    return encoding


def decode_reply(reply: HttpReply, request: EmbedRequest, target: Target, int8_scale: float | None = None) -> Answer:
    """The vectors of a reply. Raises as :func:`onevec.wires.items.decode_items`."""
    return items.decode_items(reply, request, target, asked=request.encoding, int8_scale=int8_scale)


def decode_request(body: bytes, headers: Mapping[str, str], model: str | None = None) -> EmbedRequest:
    """What a client asks. The header `extra-parameters` says what becomes of fields that the reference does not have.

    Raises:
        InvalidRequestError: a fault in the body, or a further field without `extra-parameters: pass-through`.
    """
    known, extra = request_body.read(body)
    # The reference lets an endpoint with one model leave it unsaid.
    return request_body.request(known, passed_on(extra, headers), model or known.model or "")


def passed_on(extra: Mapping[str, Any], headers: Mapping[str, str]) -> Mapping[str, Any]:
    """The further fields that reach the model, as the header `extra-parameters` says.

    Raises:
        InvalidRequestError: it says nothing, and there are some; or it says what nobody knows.
    """
    mode = headers.get("extra-parameters", ERROR).lower()
    if mode not in MODES:
        raise InvalidRequestError(
            f"the header extra-parameters must be one of {', '.join(sorted(MODES))}",
            param="extra-parameters",
            value=mode[:60],
        )
    if extra and mode == ERROR:
        name = next(iter(extra))
        raise InvalidRequestError(
            f"$.{name} is no parameter of this API: leave it out, or send the header extra-parameters: {PASS_THROUGH}",
            param=name,
        )
    return {} if mode in DROP else extra


def encode_reply(out: Outgoing) -> bytes:
    """The body of a success; the vendor's client wants an id beyond the reference."""
    fields = {"id": out.id} | reply_fields(out)
    return orjson.dumps(fields, option=orjson.OPT_SERIALIZE_NUMPY)


def encode_error(error: OnevecError) -> HttpReply:
    """An error in the shape of the reference, its code also in the header `x-ms-error-code`."""
    body: dict[str, Any] = {
        "error": _phrase(error.status),
        "code": error.code,
        "message": error.message,
        "status": error.status,
    }
    unprocessable = error.status == HTTPStatus.UNPROCESSABLE_ENTITY
    if error.param and not unprocessable:
        body["param"] = error.param
    if unprocessable or (error.loc and not isinstance(error, ContentFilterError)):
        body["detail"] = {"loc": [str(step) for step in error.loc], "value": error.value or ""}
    return HttpReply(error.status, error_headers(error) | {"x-ms-error-code": error.code}, orjson.dumps(body))


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


AZURE = Wire(
    name="azure",
    encode_request=encode_request,
    decode_reply=decode_reply,
    error_code=faults.error_code,
    decode_request=decode_request,
    encode_reply=encode_reply,
    encode_error=encode_error,
)
