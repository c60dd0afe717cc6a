"""The Gemini wire: `POST {base}/models/{model}:batchEmbedContents`, and `:embedContent` for one text.

Source: https://ai.google.dev/api/embeddings
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

import msgspec
import orjson

from onevec.errors import InvalidRequestError, OnevecError, UnsupportedParameterError
from onevec.exchange import HttpReply, HttpRequest
from onevec.images import ImageInput
from onevec.requests import MAX_DIMENSIONS
from onevec.target import Target, check_parameters
from onevec.types import EmbedRequest, Input, InputType, Usage
from onevec.wires import body as request_body
from onevec.wires import faults, items
from onevec.wires.body import Place, dotted, filled
from onevec.wires.items import Answer
from onevec.wires.openai import error_headers
from onevec.wires.pictures import blob, sendable
from onevec.wires.wire import Outgoing, Wire

TASKS: Mapping[InputType, str] = {
    InputType.TEXT: "SEMANTIC_SIMILARITY",
    InputType.QUERY: "RETRIEVAL_QUERY",
    InputType.DOCUMENT: "RETRIEVAL_DOCUMENT",
}
"""Google's task types for ours; its further ones travel as `taskType` among the extras."""

INPUT_TYPES = {task: kind for kind, task in TASKS.items()}

MODELS = "models/"


class _Blob(msgspec.Struct):
    """Google's reference spells fields in one way and its client in the other; both are read."""

    data: str
    mimeType: str | None = None  # noqa: N815 - the vendor's name
    mime_type: str | None = None


class _Part(msgspec.Struct):
    text: str | None = None
    inlineData: _Blob | None = None  # noqa: N815 - as above
    inline_data: _Blob | None = None


class _Content(msgspec.Struct):
    parts: Annotated[list[_Part], msgspec.Meta(min_length=1)]
    role: str | None = None


class One(msgspec.Struct, rename="camel"):
    """What is asked of one text."""

    content: _Content
    model: str | None = None
    task_type: str | None = None
    title: str | None = None
    output_dimensionality: Annotated[int, msgspec.Meta(ge=1, le=MAX_DIMENSIONS)] | None = None


class _Batch(msgspec.Struct):
    requests: list[One]


class _Embedding(msgspec.Struct):
    values: list[float]


class _Reply(msgspec.Struct, rename="camel"):
    embeddings: list[_Embedding] | None = None
    usage_metadata: Any = None
    error: Any = None


def encode_request(request: EmbedRequest, target: Target) -> HttpRequest:
    """The request; an extra, such as `title`, is said of every text.

    Raises:
        UnsupportedParameterError: token ids, or what the provider does not have.
    """
    check_parameters(request, target)
    name = request.model.removeprefix(MODELS)
    more: dict[str, Any] = {"taskType": TASKS[request.input_type]} if request.input_type else {}
    more |= {"outputDimensionality": request.dimensions} if request.dimensions is not None else {}
    more |= request.extra
    sent = sendable(request, target)
    asked = [{"content": content_of(one), "model": MODELS + name} | more for one in sent]
    url = target.url(GEMINI.path, name)
    return HttpRequest("POST", url, target.request_headers(), request_body.written({"requests": asked}))


def content_of(one: str | ImageInput) -> dict[str, Any]:
    """One input as Google's `Content`: a text, an image, or both."""
    if isinstance(one, str):
        return {"parts": [{"text": one}]}
    text = [] if one.text is None else [{"text": one.text}]
    return {"parts": [*text, {"inline_data": {"mime_type": one.media_type, "data": one.base64}}]}


def decode_reply(
    reply: HttpReply,
    request: EmbedRequest,
    target: Target,
    int8_scale: float | None = None,  # noqa: ARG001
) -> Answer:
    """The vectors of a reply; raises as :func:`onevec.wires.items.decode_items`."""
    body = items.read_body(reply, target, _Reply)
    rows = None if body.embeddings is None else [one.values for one in body.embeddings]
    vectors = items.checked_rows(lambda: items.counted(rows, len(request.inputs)), reply, request, target)
    return Answer(vectors, request.model, read_usage(body.usage_metadata))


def read_usage(metadata: object) -> Usage:
    """Google's `usageMetadata`, which only the newer models send."""
    counts = metadata if isinstance(metadata, Mapping) else {}
    prompt = items.count(counts.get("promptTokenCount"))
    total = items.count(counts.get("totalTokenCount"))
    return Usage(prompt, prompt if total is None else total)


def decode_request(body: bytes, headers: Mapping[str, str], model: str | None = None) -> EmbedRequest:  # noqa: ARG001
    """What a client asks in a batch. All its inputs are embedded alike.

    Raises:
        InvalidRequestError: a fault in the body, or texts that are to be embedded in different ways.
    """
    batch, _ = request_body.read_as(body, _Batch)
    if not batch.requests:
        raise InvalidRequestError("$.requests is an empty list: there is nothing to embed", loc=("requests",))
    raw = msgspec.json.decode(body)["requests"]
    first = _settings(raw[0])
    for index, one in enumerate(raw):
        if _settings(one) != first:
            raise InvalidRequestError(
                f"$.requests[{index}] differs from the first in more than its content: send it in a call of its own",
                loc=("requests", index),
            )
    return _request(batch.requests, first, model)


def decode_one(body: bytes, headers: Mapping[str, str], model: str | None = None) -> EmbedRequest:  # noqa: ARG001
    """The same for the route of one text."""
    one, _ = request_body.read_as(body, One)
    return _request([one], _settings(msgspec.json.decode(body)), model)


def _settings(one: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name not in ("content", "model")}


def _request(asked: Sequence[One], settings: Mapping[str, Any], model: str | None) -> EmbedRequest:
    first = asked[0]
    kind = INPUT_TYPES.get(first.task_type or "")
    known = {"outputDimensionality"} | ({"taskType"} if kind or not first.task_type else set())
    return EmbedRequest(
        model=request_body.named((model or first.model or "").removeprefix(MODELS), None),
        inputs=tuple(_input(one.content.parts, ("requests", index)) for index, one in enumerate(asked)),
        dimensions=first.output_dimensionality,
        input_type=kind,
        extra={name: value for name, value in settings.items() if name not in known},
    )


def _input(parts: Sequence[_Part], place: Place) -> Input:
    """The one input that parts make: their texts in a row, an image, or both."""
    said = [part.text for part in parts if part.text is not None]
    text = "".join(said) if said else None
    blobs = [found for part in parts if (found := part.inlineData or part.inline_data) is not None]
    if len(blobs) > 1:
        raise UnsupportedParameterError(f"{dotted(place)} holds several images: send one at a time", loc=place)
    if blobs:
        return blob(blobs[0].data, blobs[0].mimeType or blobs[0].mime_type, place, text)
    return filled(text or "", place)


def encode_reply(out: Outgoing) -> bytes:
    """The body of a success."""
    fields = {"embeddings": [{"values": row} for row in out.codes]} | usage_metadata(out.usage)
    return orjson.dumps(fields, option=orjson.OPT_SERIALIZE_NUMPY)


def encode_one(out: Outgoing) -> bytes:
    """The same for the route of one text."""
    fields = {"embedding": {"values": out.codes[0]}} | usage_metadata(out.usage)
    return orjson.dumps(fields, option=orjson.OPT_SERIALIZE_NUMPY)


def usage_metadata(usage: Usage) -> dict[str, Any]:
    """Usage as Google names it; left out where nobody knows it."""
    counts = {"promptTokenCount": usage.prompt_tokens, "totalTokenCount": usage.total_tokens}
    return {"usageMetadata": counts} if usage.prompt_tokens is not None else {}


STATUSES: Mapping[int, str] = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    408: "DEADLINE_EXCEEDED",
    422: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
"""Google's word for a status (google.rpc.Code)."""


def encode_error(error: OnevecError) -> HttpReply:
    """An error as Google's clients read it; our code is the `reason` of its details, in capitals as theirs."""
    details: list[dict[str, Any]] = [
        {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": error.code.upper(), "domain": "onevec"}
    ]
    if error.param:
        violation = {"field": error.param, "description": error.message}
        details.append({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]})
    word = STATUSES.get(error.status, "UNAVAILABLE" if error.status >= 500 else "FAILED_PRECONDITION")
    body = {"error": {"code": error.status, "message": error.message, "status": word, "details": details}}
    return HttpReply(error.status, error_headers(error), orjson.dumps(body))


GEMINI = Wire(
    name="gemini",
    encode_request=encode_request,
    decode_reply=decode_reply,
    error_code=faults.error_code,
    decode_request=decode_request,
    encode_reply=encode_reply,
    encode_error=encode_error,
    path="/models/{model}:batchEmbedContents",
)

GEMINI_ONE = replace(GEMINI, decode_request=decode_one, encode_reply=encode_one, path="/models/{model}:embedContent")
"""What the server speaks on the route of one text; as a client we ask for batches."""
