"""The Vertex AI wire: `POST {base}/publishers/google/models/{model}:predict`.

Source: https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
import orjson

from onevec.errors import InvalidRequestError
from onevec.exchange import HttpReply, HttpRequest
from onevec.requests import MAX_DIMENSIONS
from onevec.target import Target, check_parameters, texts
from onevec.types import EmbedRequest, Overflow, Usage
from onevec.wires import body as request_body
from onevec.wires import faults, items
from onevec.wires.gemini import INPUT_TYPES, TASKS, encode_error
from onevec.wires.items import Answer
from onevec.wires.wire import Outgoing, Wire


class _Instance(msgspec.Struct):
    content: str
    task_type: str | None = None


class _Parameters(msgspec.Struct, rename="camel"):
    output_dimensionality: Annotated[int, msgspec.Meta(ge=1, le=MAX_DIMENSIONS)] | None = None
    auto_truncate: bool | None = None


class _Body(msgspec.Struct):
    instances: list[_Instance]
    parameters: _Parameters | None = None


class _Statistics(msgspec.Struct):
    token_count: Any = None


class _Embedding(msgspec.Struct):
    values: list[float]
    statistics: _Statistics | None = None


class _Prediction(msgspec.Struct):
    embeddings: _Embedding


class _Reply(msgspec.Struct):
    predictions: list[_Prediction] | None = None
    error: Any = None


OF_INSTANCE = frozenset({"title", "mimeType"})
"""Extras that are said of each text; the others are parameters of the call."""


def encode_request(request: EmbedRequest, target: Target) -> HttpRequest:
    """The request; the extra `title` is said of every text, others of the call.

    Long texts are cut only when that is wanted: left to itself Vertex cuts them without a word.

    Raises:
        UnsupportedParameterError: token ids, or what the provider does not have.
    """
    check_parameters(request, target)
    more: dict[str, Any] = {"task_type": TASKS[request.input_type]} if request.input_type else {}
    more |= {name: value for name, value in request.extra.items() if name in OF_INSTANCE or name == "task_type"}
    parameters = {name: value for name, value in request.extra.items() if name not in more}
    if request.dimensions is not None:
        parameters["outputDimensionality"] = request.dimensions
    if "truncate" in target.parameters:
        parameters["autoTruncate"] = request.overflow is Overflow.TRUNCATE
    body: dict[str, Any] = {"instances": [{"content": one} | more for one in texts(request, target)]}
    if parameters:
        body["parameters"] = parameters
    return HttpRequest(
        "POST", target.url(VERTEXAI.path, request.model), target.request_headers(), request_body.written(body)
    )


def decode_reply(
    reply: HttpReply,
    request: EmbedRequest,
    target: Target,
    int8_scale: float | None = None,  # noqa: ARG001
) -> Answer:
    """The vectors of a reply, its usage added up; raises as :func:`onevec.wires.items.decode_items`."""
    body = items.read_body(reply, target, _Reply)
    rows = None if body.predictions is None else [one.embeddings.values for one in body.predictions]
    vectors = items.checked_rows(lambda: items.counted(rows, len(request.inputs)), reply, request, target)
    return Answer(vectors, request.model, _usage(body.predictions or ()))


def _usage(predictions: Sequence[_Prediction]) -> Usage:
    told = (one.embeddings.statistics for one in predictions)
    counts = [items.count(_whole(one.token_count)) if one else None for one in told]
    total = None if None in counts else sum(count for count in counts if count is not None)
    return Usage(total, total)


def _whole(value: object) -> object:
    """Protobuf's JSON writes every number as a float."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def decode_request(body: bytes, headers: Mapping[str, str], model: str | None = None) -> EmbedRequest:  # noqa: ARG001
    """What a client asks. All its texts are embedded alike.

    Raises:
        InvalidRequestError: a fault in the body, or texts that are to be embedded in different ways.
    """
    known, _ = request_body.read_as(body, _Body)
    if not known.instances:
        raise InvalidRequestError("$.instances is an empty list: there is nothing to embed", loc=("instances",))
    raw = msgspec.json.decode(body)
    settings = [{name: value for name, value in one.items() if name != "content"} for one in raw["instances"]]
    for index, one in enumerate(settings):
        if one != settings[0]:
            raise InvalidRequestError(
                f"$.instances[{index}] differs from the first in more than its content: send it in a call of its own",
                loc=("instances", index),
            )
    kind = INPUT_TYPES.get(known.instances[0].task_type or "")
    extra = settings[0] | (raw.get("parameters") or {})
    taken = {"outputDimensionality", "autoTruncate"} | ({"task_type"} if kind else set())
    parameters = known.parameters or _Parameters()
    return EmbedRequest(
        model=request_body.named(model, None),
        inputs=request_body.inputs([one.content for one in known.instances], "instances"),
        dimensions=parameters.output_dimensionality,
        input_type=kind,
        overflow=Overflow.ERROR if parameters.auto_truncate is False else Overflow.TRUNCATE,
        extra={name: value for name, value in extra.items() if name not in taken},
    )


def encode_reply(out: Outgoing) -> bytes:
    """The body of a success: floats. Vertex counts tokens by text, so the sum is told only where there is one text."""
    tokens = out.usage.prompt_tokens if len(out.codes) == 1 else None
    statistics = {"statistics": {"truncated": False, "token_count": tokens}} if tokens is not None else {}
    predictions = [{"embeddings": {"values": row} | statistics} for row in out.codes]
    return orjson.dumps({"predictions": predictions}, option=orjson.OPT_SERIALIZE_NUMPY)


VERTEXAI = Wire(
    name="vertexai",
    encode_request=encode_request,
    decode_reply=decode_reply,
    error_code=faults.error_code,
    decode_request=decode_request,
    encode_reply=encode_reply,
    encode_error=encode_error,
    path="/publishers/google/models/{model}:predict",
)
