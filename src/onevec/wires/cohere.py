"""Cohere's wire: `POST {base}/v2/embed`, and `/v1/embed` of its older servers.

Source: https://docs.cohere.com/reference/embed, and `cohere` 7.3.
"""

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import msgspec
import orjson

from onevec.errors import InvalidRequestError, OnevecError
from onevec.exchange import HttpReply, HttpRequest
from onevec.images import ImageInput
from onevec.requests import MAX_DIMENSIONS, choice
from onevec.target import Target, check_parameters, texts
from onevec.types import EmbedRequest, Encoding, Input, InputType, Modality, Overflow, Usage
from onevec.wires import body as request_body
from onevec.wires import faults, items, words
from onevec.wires.items import Answer
from onevec.wires.openai import error_headers
from onevec.wires.pictures import Content, composed, parts, picture, pictures, sendable
from onevec.wires.wire import Outgoing, Wire

INPUT_TYPES: Mapping[InputType | None, str] = {
    None: "search_document",
    InputType.TEXT: "clustering",
    InputType.QUERY: "search_query",
    InputType.DOCUMENT: "search_document",
}
"""Models since v3 demand one: without any a text is embedded as a document; clustering compares texts as equals."""

MEANINGS: Mapping[str, InputType] = {
    "search_query": InputType.QUERY,
    "search_document": InputType.DOCUMENT,
    "clustering": InputType.TEXT,
    "classification": InputType.TEXT,
}


IMAGE = "image"
"""The input type of images in a field of their own."""

THIRD = re.compile(r"-v3(?![0-9])")
"""In the name of a model of the third generation, which takes images in a field of their own, one at a time."""


class Body(msgspec.Struct):
    """The body of a request, which has inputs in one of three fields."""

    texts: list[str] | None = None
    images: list[str] | None = None
    inputs: list[Content] | None = None
    model: str | None = None
    input_type: str | None = None
    output_dimension: Annotated[int, msgspec.Meta(ge=1, le=MAX_DIMENSIONS)] | None = None
    embedding_types: list[str] | None = None
    truncate: str | None = None


class _Reply(msgspec.Struct):
    embeddings: dict[str, list[str | list[float]] | None] | list[list[float]] | None = None
    meta: Any = None
    error: Any = None


def encoder(path: str) -> Callable[[EmbedRequest, Target], HttpRequest]:
    """Writes requests for the route at `path`; base64 is asked for where it is understood."""

    def encode_request(request: EmbedRequest, target: Target) -> HttpRequest:
        check_parameters(request, target)
        fields = said(request, target) | {"model": request.model}
        if "input_type" in target.parameters and "images" not in fields:
            fields["input_type"] = INPUT_TYPES[request.input_type]
        if request.dimensions is not None:
            fields["output_dimension"] = request.dimensions
        fields["embedding_types"] = [Encoding.BASE64 if "base64" in target.parameters else Encoding.FLOAT]
        if "truncate" in target.parameters:
            fields["truncate"] = words.ENDS[request.overflow is Overflow.TRUNCATE]
        body = request_body.written(fields | dict(request.extra))
        return HttpRequest("POST", target.url(path, request.model), target.request_headers(), body)

    return encode_request


def said(request: EmbedRequest, target: Target) -> dict[str, Any]:
    """The inputs in the field that takes them; images of the third generation have one vector, whatever it is for.

    Raises:
        UnsupportedModalityError: a pair, or texts beside images, for a model of the third generation.
        UnsupportedParameterError: token ids.
    """
    if all(isinstance(one, (str, tuple)) for one in request.inputs):
        return {"texts": texts(request, target)}
    if THIRD.search(request.model):
        images = pictures(request, target, frozenset({Modality.IMAGE}))
        return {"images": [one.data_url for one in images], "input_type": IMAGE}
    return {"inputs": [{"content": parts(one, _part)} for one in sendable(request, target)]}


def _part(image: ImageInput) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": image.data_url}}


def decode_reply(
    reply: HttpReply,
    request: EmbedRequest,
    target: Target,
    int8_scale: float | None = None,  # noqa: ARG001
) -> Answer:
    """The vectors of a reply; raises as :func:`onevec.wires.items.decode_items`."""
    body = items.read_body(reply, target, _Reply)
    vectors = items.checked_rows(
        lambda: items.counted(_rows(body.embeddings), len(request.inputs)), reply, request, target
    )
    return Answer(vectors, request.model, _usage(body.meta))


def _rows(embeddings: Mapping[str, Any] | list[list[float]] | None) -> Sequence[str | list[float]] | None:
    if not isinstance(embeddings, Mapping):
        return embeddings
    return next((rows for name in ("base64", "float", "float_") if (rows := embeddings.get(name)) is not None), None)


def _usage(meta: object) -> Usage:
    billed = meta.get("billed_units") if isinstance(meta, Mapping) else None
    said = billed.get("input_tokens") if isinstance(billed, Mapping) else None
    # Its description calls the count a number, not a whole one.
    tokens = items.count(int(said) if isinstance(said, float) and said.is_integer() else said)
    return Usage(tokens, tokens)


def decode_request(body: bytes, headers: Mapping[str, str], model: str | None = None) -> EmbedRequest:  # noqa: ARG001
    """What a client asks.

    Raises:
        InvalidRequestError: a fault in the body; `loc` says where.
    """
    known, extra = request_body.read_as(body, Body)
    kinds = _encodings(known.embedding_types)
    return EmbedRequest(
        model=request_body.named(model or known.model),
        inputs=heard(known.texts, known.images, known.inputs),
        dimensions=known.output_dimension,
        input_type=_input_type(known.input_type, pictured=known.texts is None),
        encoding=kinds[0] if kinds else None,
        overflow=_overflow(known.truncate),
        extra=extra,
        form={"embedding_types": kinds, "inputs": "images" if known.images else "inputs" if known.inputs else "texts"},
    )


def heard(
    listed: list[str] | None, images: Sequence[str] | None, inputs: Sequence[Content] | None
) -> tuple[Input, ...]:
    """The inputs of a body, which fills one of its fields.

    Raises:
        InvalidRequestError: none is filled, several are, or what is there is no text and no image.
    """
    given = [name for name, value in (("texts", listed), ("images", images), ("inputs", inputs)) if value is not None]
    if len(given) > 1:
        raise InvalidRequestError(f"$.{given[1]}: {given[0]} is there too: send one of them", param=given[1])
    if images:
        return tuple(picture(one, ("images", index)) for index, one in enumerate(images))
    if inputs:
        return tuple(composed(one.content, ("inputs", index)) for index, one in enumerate(inputs))
    if listed is None:
        name = given[0] if given else "texts"
        raise InvalidRequestError(
            f"$.{name} is {'empty' if given else 'missing'}: there is nothing to embed", param=name
        )
    return request_body.inputs(listed, "texts")


def _input_type(word: str | None, *, pictured: bool) -> InputType | None:
    allowed = (*MEANINGS, *((IMAGE,) if pictured else ()))
    if word is None or word in allowed:
        return MEANINGS.get(word or "")
    raise InvalidRequestError(
        f"$.input_type must be one of {', '.join(allowed)}, not {word[:60]!r}", param="input_type", value=word[:60]
    )


def _encodings(kinds: list[str] | None) -> tuple[Encoding, ...]:
    return tuple(found for kind in kinds or () if (found := choice(Encoding, kind, "embedding_types")) is not None)


def _overflow(word: str | None) -> Overflow:
    """Cohere cuts long texts at their end unless it is told not to."""
    overflow: Overflow = words.truncation("truncate", word or "END")["overflow"]
    return overflow


def replier(version: str) -> Callable[[Outgoing], bytes]:
    """Writes replies of an API version; version 1 lists bare floats to a client that names no types."""

    def encode_reply(out: Outgoing) -> bytes:
        kinds = out.request.form.get("embedding_types") or ()
        others = {kind.value: out.coded(kind) for kind in kinds[1:]}
        bare = version == "1" and not kinds and out.encoding is Encoding.FLOAT
        body = {
            "id": out.id,
            "embeddings": out.codes if bare else {out.encoding.value: out.codes, **others},
            "texts": [one for one in out.request.inputs if isinstance(one, str)],
            "meta": {
                "api_version": {"version": version},
                "billed_units": {"input_tokens": out.usage.prompt_tokens},
            },
            "response_type": "embeddings_floats" if bare else "embeddings_by_type",
        }
        return orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)

    return encode_reply


def encode_error(error: OnevecError) -> HttpReply:
    """An error as Cohere's clients read it."""
    body = {"id": str(uuid.uuid4()), "message": error.message, "code": error.code, "param": error.param}
    return HttpReply(error.status, error_headers(error), orjson.dumps(body))


def _wire(name: str, version: str) -> Wire:
    return Wire(
        name=name,
        path=f"/v{version}/embed",
        encode_request=encoder(f"/v{version}/embed"),
        decode_reply=decode_reply,
        error_code=faults.error_code,
        decode_request=decode_request,
        encode_reply=replier(version),
        encode_error=encode_error,
    )


COHERE = _wire("cohere", "2")
COHERE_V1 = _wire("cohere_v1", "1")
