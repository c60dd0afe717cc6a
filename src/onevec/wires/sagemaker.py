"""The SageMaker wire: `POST {base}/endpoints/{model}/invocations`, where the model is an endpoint's name.

An endpoint's container decides about its bodies: the one here is Hugging Face's, `{"inputs": […]}`, with which most
embedding models are deployed.

Sources: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html,
https://huggingface.co/docs/sagemaker
"""

from collections.abc import Mapping
from typing import Any

import msgspec
import orjson

from onevec.exchange import HttpReply, HttpRequest
from onevec.target import Target, check_parameters, texts
from onevec.types import EmbedRequest, Usage
from onevec.wires import body as request_body
from onevec.wires import faults, items
from onevec.wires.bedrock import encode_error
from onevec.wires.items import Answer
from onevec.wires.wire import Outgoing, Wire


class _Body(msgspec.Struct):
    inputs: str | list[str]


class _Named(msgspec.Struct):
    """What other containers answer: JumpStart's says `embedding`."""

    embedding: list[list[float]] | None = None
    embeddings: list[list[float]] | None = None
    error: Any = None


def encode_request(request: EmbedRequest, target: Target) -> HttpRequest:
    """The request; extras stand beside the inputs.

    Raises:
        UnsupportedParameterError: token ids, or what an endpoint does not have.
    """
    check_parameters(request, target)
    body = request_body.written({"inputs": texts(request, target)} | dict(request.extra))
    return HttpRequest("POST", target.url(SAGEMAKER.path, request.model), target.request_headers(), body)


def decode_reply(
    reply: HttpReply,
    request: EmbedRequest,
    target: Target,
    int8_scale: float | None = None,  # noqa: ARG001
) -> Answer:
    """The vectors of a reply; nobody tells a usage. Raises as :func:`onevec.wires.items.decode_items`."""
    body = items.read_body(reply, target, list[list[float]] | _Named)  # type: ignore[arg-type]
    rows = (body.embedding or body.embeddings) if isinstance(body, _Named) else body
    vectors = items.checked_rows(lambda: items.counted(rows, len(request.inputs)), reply, request, target)
    return Answer(vectors, request.model, Usage())


def decode_request(body: bytes, headers: Mapping[str, str], model: str | None = None) -> EmbedRequest:  # noqa: ARG001
    """What a client asks.

    Raises:
        InvalidRequestError: a fault in the body.
    """
    known, extra = request_body.read_as(body, _Body)
    return EmbedRequest(request_body.named(model, None), request_body.inputs(known.inputs, "inputs"), extra=extra)


def encode_reply(out: Outgoing) -> bytes:
    """A list of vectors."""
    return orjson.dumps(out.codes, option=orjson.OPT_SERIALIZE_NUMPY)


SAGEMAKER = Wire(
    name="sagemaker",
    encode_request=encode_request,
    decode_reply=decode_reply,
    error_code=faults.error_code,
    decode_request=decode_request,
    encode_reply=encode_reply,
    encode_error=encode_error,
    path="/endpoints/{model}/invocations",
)
