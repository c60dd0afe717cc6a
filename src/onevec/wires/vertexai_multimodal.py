"""The Vertex AI wire of `multimodalembedding`, whose images and texts share a space; a pair has two vectors.

Source: https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/multimodal-embeddings-api
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

import msgspec
import orjson

from onevec.errors import InvalidResponseError, UnsupportedParameterError
from onevec.exchange import HttpReply, HttpRequest
from onevec.images import ImageInput
from onevec.requests import MAX_DIMENSIONS
from onevec.target import Target, check_parameters
from onevec.types import EmbedRequest, Input, Modality, Usage, modality
from onevec.wires import body as request_body
from onevec.wires import items
from onevec.wires.body import bad, dotted, filled
from onevec.wires.items import Answer
from onevec.wires.pictures import blob, sendable
from onevec.wires.vertexai import VERTEXAI
from onevec.wires.wire import Outgoing

ABLE = frozenset({Modality.TEXT, Modality.IMAGE})


class _Image(msgspec.Struct, rename="camel"):
    bytes_base64_encoded: str | None = None
    gcs_uri: str | None = None
    mime_type: str | None = None


class Instance(msgspec.Struct, forbid_unknown_fields=True):
    """An image, a text, or both, which are two inputs."""

    image: _Image | None = None
    text: str | None = None


class _Parameters(msgspec.Struct):
    dimension: Annotated[int, msgspec.Meta(ge=1, le=MAX_DIMENSIONS)] | None = None


class Body(msgspec.Struct):
    """The body of a request."""

    instances: list[Instance]
    parameters: _Parameters | None = None


class _Prediction(msgspec.Struct, rename="camel"):
    image_embedding: list[float] | None = None
    text_embedding: list[float] | None = None


class _Reply(msgspec.Struct):
    predictions: list[_Prediction] | None = None
    error: Any = None


def encode_request(request: EmbedRequest, target: Target) -> HttpRequest:
    """The request, an instance an input.

    Raises:
        UnsupportedModalityError: an image–text pair.
        UnsupportedParameterError: token ids, or what the provider does not have.
    """
    check_parameters(request, target)
    parameters = dict(request.extra)
    if request.dimensions is not None:
        parameters["dimension"] = request.dimensions
    body: dict[str, Any] = {"instances": [_instance(one) for one in sendable(request, target, ABLE)]}
    if parameters:
        body["parameters"] = parameters
    url = target.url(VERTEXAI.path, request.model)
    return HttpRequest("POST", url, target.request_headers(), request_body.written(body))


def _instance(one: str | ImageInput) -> dict[str, Any]:
    if isinstance(one, str):
        return {"text": one}
    return {"image": {"bytesBase64Encoded": one.base64, "mimeType": one.media_type}}


def decode_reply(
    reply: HttpReply,
    request: EmbedRequest,
    target: Target,
    int8_scale: float | None = None,  # noqa: ARG001
) -> Answer:
    """The vectors of a reply, which tells no usage; raises as :func:`onevec.wires.items.decode_items`."""
    body = items.read_body(reply, target, _Reply)
    vectors = items.checked_rows(lambda: _rows(body.predictions, request.inputs), reply, request, target)
    return Answer(vectors, request.model, Usage())


def _rows(predictions: Sequence[_Prediction] | None, inputs: Sequence[Input]) -> list[list[float]]:
    if predictions is None or len(predictions) != len(inputs):
        raise InvalidResponseError(f"{len(predictions or ())} embeddings for {len(inputs)} inputs")
    rows = [
        prediction.image_embedding if isinstance(one, ImageInput) else prediction.text_embedding
        for prediction, one in zip(predictions, inputs, strict=True)
    ]
    if None in rows:
        raise InvalidResponseError(f"predictions[{rows.index(None)}] has not the embedding that was asked for")
    return [row for row in rows if row is not None]


def decode_request(body: bytes, headers: Mapping[str, str], model: str | None = None) -> EmbedRequest:  # noqa: ARG001
    """What a client asks.

    Raises:
        InvalidRequestError: a fault in the body; `loc` says where.
        UnsupportedParameterError: an image in Google's storage.
    """
    known, extra = request_body.read_as(body, Body)
    if not known.instances:
        raise bad(("instances",), "is an empty list: there is nothing to embed", [])
    listed = [_inputs(one, index) for index, one in enumerate(known.instances)]
    parameters = msgspec.json.decode(body).get("parameters") or {}
    return EmbedRequest(
        model=request_body.named(model, None),
        inputs=tuple(one for named in listed for one in named.values()),
        dimensions=known.parameters.dimension if known.parameters else None,
        extra=extra | {name: value for name, value in parameters.items() if name != "dimension"},
        form={"embeddings": [[*named] for named in listed]},
    )


def _inputs(one: Instance, index: int) -> dict[str, Input]:
    """The inputs of an instance under the names of their embeddings."""
    place = ("instances", index)
    found: dict[str, Input] = {}
    if one.image is not None:
        if one.image.bytes_base64_encoded is None:
            raise UnsupportedParameterError(
                f"{dotted(place)}: an image is read from bytesBase64Encoded only: send its bytes", loc=(*place, "image")
            )
        at = (*place, "image", "bytesBase64Encoded")
        found["imageEmbedding"] = blob(one.image.bytes_base64_encoded, one.image.mime_type, at)
    if one.text is not None:
        found["textEmbedding"] = filled(one.text, (*place, "text"))
    if not found:
        raise bad(place, "is neither a text nor an image", {})
    return found


def encode_reply(out: Outgoing) -> bytes:
    """The body of a success, in floats, each vector under the name of what it is of."""
    rows = iter(out.codes)
    names = out.request.form.get("embeddings") or [[_name(one)] for one in out.request.inputs]
    predictions = [{name: next(rows) for name in one} for one in names]
    return orjson.dumps({"predictions": predictions}, option=orjson.OPT_SERIALIZE_NUMPY)


def _name(one: Input) -> str:
    return "textEmbedding" if modality(one) is Modality.TEXT else "imageEmbedding"


class _Glance(msgspec.Struct):
    content: Any = None


class _Glanced(msgspec.Struct):
    instances: list[_Glance] = []


def decode_either(body: bytes, headers: Mapping[str, str], model: str | None = None) -> EmbedRequest:
    """What a client asks of the one path of all models: an instance for a model of texts has `content`."""
    known, _ = request_body.read_as(body, _Glanced)
    plain = not known.instances or any(one.content is not None for one in known.instances)
    return (VERTEXAI.decode_request if plain else decode_request)(body, headers, model)


def encode_either(out: Outgoing) -> bytes:
    """The reply in the words of the request."""
    return (encode_reply if "embeddings" in out.request.form else VERTEXAI.encode_reply)(out)


VERTEXAI_MULTIMODAL = replace(
    VERTEXAI,
    name="vertexai_multimodal",
    encode_request=encode_request,
    decode_reply=decode_reply,
    decode_request=decode_request,
    encode_reply=encode_reply,
)

VERTEXAI_EITHER = replace(VERTEXAI, decode_request=decode_either, encode_reply=encode_either)
"""What the server speaks on the path of both."""
