"""The watsonx.ai wire: `POST {base}/ml/v1/text/embeddings?version=…`.

Source: https://cloud.ibm.com/apidocs/watsonx-ai#text-embeddings
"""

from collections.abc import Mapping
from typing import Any

import msgspec
import orjson

from onevec.errors import OnevecError
from onevec.exchange import HttpReply, HttpRequest
from onevec.target import Target, check_parameters, texts
from onevec.types import EmbedRequest, Usage
from onevec.wires import body as request_body
from onevec.wires import faults, items
from onevec.wires.items import Answer
from onevec.wires.openai import error_headers
from onevec.wires.wire import Outgoing, Wire

OF_CALL = frozenset({"project_id", "space_id"})
"""Fields beside the inputs: whose budget pays. Any other extra is one of the `parameters`."""


AS_WE_ANSWER = ("return_options", {"input_text": False})
"""A parameter that asks for what is answered anyway: vectors without their texts."""


class _Body(msgspec.Struct):
    inputs: list[str]
    model_id: str | None = None
    project_id: str | None = None
    space_id: str | None = None
    parameters: dict[str, Any] | None = None


class _Result(msgspec.Struct):
    embedding: list[float]


class _Reply(msgspec.Struct):
    results: list[_Result] | None = None
    model_id: Any = None
    input_token_count: Any = None
    errors: Any = None
    error: Any = None


def encode_request(request: EmbedRequest, target: Target) -> HttpRequest:
    """The request, with the project of the environment unless the call names one.

    Raises:
        UnsupportedParameterError: token ids, or what the provider does not have.
    """
    check_parameters(request, target)
    extra = dict(target.account) | dict(request.extra)
    fields: dict[str, Any] = {"inputs": texts(request, target), "model_id": request.model}
    fields |= {name: value for name, value in extra.items() if name in OF_CALL}
    if parameters := {name: value for name, value in extra.items() if name not in OF_CALL}:
        fields["parameters"] = parameters
    url = target.url(WATSONX.path, request.model)
    return HttpRequest("POST", url, target.request_headers(), request_body.written(fields))


def decode_reply(
    reply: HttpReply,
    request: EmbedRequest,
    target: Target,
    int8_scale: float | None = None,  # noqa: ARG001
) -> Answer:
    """The vectors of a reply; raises as :func:`onevec.wires.items.decode_items`."""
    body = items.read_body(reply, target, _Reply)
    if body.errors:
        raise faults.error_in_success({"errors": body.errors}, reply, target)
    rows = None if body.results is None else [one.embedding for one in body.results]
    vectors = items.checked_rows(lambda: items.counted(rows, len(request.inputs)), reply, request, target)
    tokens = items.count(body.input_token_count)
    return Answer(vectors, items.model_name(body.model_id, request), Usage(tokens, tokens))


def decode_request(body: bytes, headers: Mapping[str, str], model: str | None = None) -> EmbedRequest:  # noqa: ARG001
    """What a client asks; a project and a space pay nobody here, so they change nothing.

    Raises:
        InvalidRequestError: a fault in the body.
    """
    known, extra = request_body.read_as(body, _Body)
    name = request_body.named(model or known.model_id, "model_id")
    more = {key: value for key, value in (known.parameters or {}).items() if (key, value) != AS_WE_ANSWER}
    return EmbedRequest(name, request_body.inputs(known.inputs, "inputs"), extra=extra | more)


def encode_reply(out: Outgoing) -> bytes:
    """The body of a success, in floats."""
    fields = {
        "model_id": out.result.model,
        "results": [{"embedding": row} for row in out.codes],
        "input_token_count": out.usage.prompt_tokens,
    }
    return orjson.dumps(fields, option=orjson.OPT_SERIALIZE_NUMPY)


def encode_error(error: OnevecError) -> HttpReply:
    """An error as IBM's clients read it."""
    fault = {"code": error.code, "message": error.message, "param": error.param}
    body = {"errors": [fault], "status_code": error.status}
    return HttpReply(error.status, error_headers(error), orjson.dumps(body))


WATSONX = Wire(
    name="watsonx",
    encode_request=encode_request,
    decode_reply=decode_reply,
    error_code=faults.error_code,
    decode_request=decode_request,
    encode_reply=encode_reply,
    encode_error=encode_error,
    path="/ml/v1/text/embeddings",
)
