"""The Azure wire of images: `POST {endpoint}/images/embeddings?api-version=…`; replies and errors are those of texts.

Source: https://learn.microsoft.com/rest/api/aifoundry/model-inference/get-image-embeddings
"""

from collections.abc import Mapping
from dataclasses import replace

import msgspec

from onevec.exchange import HttpRequest
from onevec.target import Target
from onevec.types import EmbedRequest
from onevec.wires import azure
from onevec.wires import body as request_body
from onevec.wires.body import bad
from onevec.wires.pictures import picture, pictures

PATH = "/images/embeddings"


class _Picture(msgspec.Struct):
    image: str
    text: str | None = None


class Body(request_body.Asked, kw_only=True):
    """The body of a request."""

    input: list[_Picture]


def encode_request(request: EmbedRequest, target: Target) -> HttpRequest:
    """The request, its keys in the order in which the vendor's own client sends them.

    Raises:
        UnsupportedModalityError: a text alone.
        UnsupportedParameterError: the endpoint has no such parameter.
    """
    listed = [
        {"image": one.data_url} | ({} if one.text is None else {"text": one.text}) for one in pictures(request, target)
    ]
    return azure.written(PATH, listed, request, target)


def decode_request(body: bytes, headers: Mapping[str, str], model: str | None = None) -> EmbedRequest:
    """What a client asks; an image may be a data URL, base64 alone, or an address.

    Raises:
        InvalidRequestError: a fault in the body; `loc` says where.
    """
    known, extra = request_body.read_as(body, Body)
    if not known.input:
        raise bad(("input",), "is an empty list: there is nothing to embed", [])
    listed = tuple(picture(one.image, ("input", i, "image"), one.text) for i, one in enumerate(known.input))
    return request_body.request(known, azure.passed_on(extra, headers), model or known.model or "", listed)


AZURE_IMAGES = replace(
    azure.AZURE,
    name="azure_images",
    path=PATH,
    encode_request=encode_request,
    decode_request=decode_request,
)
